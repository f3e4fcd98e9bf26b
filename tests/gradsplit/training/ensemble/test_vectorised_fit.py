from collections import Counter

import numpy as np
import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.planted.task_set import planted
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import Fitted, fit
from relations.errors import TaskError
from tests.gradsplit.toy_tasks import Toy

ALL = Toy().task_names
RUNS = [
    ((ALL[0],), 0),
    ((ALL[1], ALL[2]), 0),
    (ALL, 1),
    ((ALL[2],), 1),
    ((ALL[0], ALL[2]), 5),
    ((ALL[0],), 1),
]


def assert_equal_to_runs_of_their_own(taskset, runs, tolerance=1e-9):
    for (tasks, seed), member in zip(runs, fit_ensemble(taskset, runs), strict=True):
        alone = fit(taskset, tasks, seed)
        assert isinstance(member, Fitted)
        assert member.scores == pytest.approx(alone.scores, rel=tolerance)
        assert list(member.scores) == list(alone.scores)
        assert member.losses.keys() == alone.losses.keys()
        for task, losses in alone.losses.items():
            assert member.losses[task] == pytest.approx(losses, rel=tolerance)
        for name, value in alone.network.state_dict().items():
            torch.testing.assert_close(
                member.network.state_dict()[name], value, rtol=tolerance, atol=1e-11
            )


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_each_member_is_its_own_separate_run(optimizer):
    taskset = Toy().with_recipe(
        steps=12, optimizer=optimizer, weight_decay=0.05, warmup=3, weights={"error": 0.4}
    )
    assert_equal_to_runs_of_their_own(taskset, RUNS)


def test_heads_at_a_rate_of_their_own_and_a_rate_that_falls_in_steps():
    taskset = Toy().with_recipe(steps=12, head_rate=5.0, schedule="step", milestones=(0.5,))
    assert_equal_to_runs_of_their_own(taskset, RUNS)


def test_members_in_half_precision():
    taskset = planted().with_recipe(steps=20, precision="bfloat16")
    runs = [(("loud", "quiet"), seed) for seed in (0, 1)]
    for (tasks, seed), member in zip(runs, fit_ensemble(taskset, runs), strict=True):
        alone = fit(taskset, tasks, seed)
        for task, losses in alone.losses.items():
            assert member.losses[task] == pytest.approx(losses, rel=0.02)


def test_convolutions_group_norm_and_structured_features():
    class Pictures(Toy):
        def trunk(self):
            class Trunk(torch.nn.Module):
                def __init__(self):
                    super().__init__()
                    self.conv = torch.nn.Conv2d(1, 4, 2)
                    self.last = torch.nn.GroupNorm(2, 4)
                    self.register_buffer("scale", torch.tensor(2.0))

                def forward(self, inputs):
                    maps = self.last(self.conv(inputs.view(-1, 1, 1, 5).expand(-1, 1, 2, 5)))
                    return {"low": self.scale * maps.mean((2, 3)), "high": maps.relu().amax((2, 3))}

            return Trunk().double()

        def head(self, task):
            class Head(torch.nn.Module):
                def __init__(self, outputs):
                    super().__init__()
                    self.linear = torch.nn.Linear(8, outputs)

                def forward(self, features):
                    return self.linear(torch.cat([features["low"], features["high"]], 1))

            return Head(2 if task == "class.sign" else 1).double()

    assert_equal_to_runs_of_their_own(Pictures(), RUNS)


def test_kernels_in_channels_last_format():
    class Pictures(Toy):
        def trunk(self):
            trunk = torch.nn.Sequential(
                torch.nn.Unflatten(1, (5, 1, 1)),
                torch.nn.Upsample(scale_factor=4),
                torch.nn.Conv2d(5, 6, 3, stride=2),
                torch.nn.Conv2d(6, 8, 1),
                torch.nn.GroupNorm(2, 8),
                torch.nn.Flatten(),
            )
            trunk.add_module("last", torch.nn.Linear(8, 8))
            return trunk.double().to(memory_format=torch.channels_last)

    assert_equal_to_runs_of_their_own(Pictures(), RUNS)


def test_planted_members_in_single_precision():
    taskset = planted().with_recipe(steps=20)
    runs = [(("quiet",), 0), (("loud", "quiet"), 0), (taskset.task_names, 1)]
    for (tasks, seed), member in zip(runs, fit_ensemble(taskset, runs), strict=True):
        assert isinstance(member, Fitted)
        assert member.scores == pytest.approx(fit(taskset, tasks, seed).scores, abs=1e-5)


@pytest.mark.slow
def test_scores_of_long_runs_are_equal_statistically():
    small = Figures(height=32, width=16, pictures=80, identities=10, widths=(8, 8, 8, 8))
    taskset, tasks, seeds = small.with_recipe(steps=120), ("attribute", "pose"), range(10)
    members = fit_ensemble(taskset, [(tasks, seed) for seed in seeds])
    together = np.array([list(member.scores.values()) for member in members])
    alone = np.array([list(fit(taskset, tasks, seed).scores.values()) for seed in seeds])
    apart = together - alone
    # Rounding has grown until members are other runs of the same distribution, not equal ones.
    assert (apart != 0).any()
    standard_error = apart.std(axis=0, ddof=1) / np.sqrt(len(seeds))
    assert (np.abs(apart.mean(axis=0)) < 4 * standard_error + 1e-6).all()
    assert np.abs(np.log(together.std(axis=0) / alone.std(axis=0))).max() < np.log(2.5)


def test_data_drawn_anew_for_a_seed_are_used():
    class Drawing(Toy):
        def for_seed(self, seed):
            return Toy(width=self.width).with_recipe(steps=6) if seed else _Zeros(self.width)

    class _Zeros(Toy):
        def data(self, task, seed):
            inputs, target = super().data(task, seed)
            return inputs * 0, target

    assert_equal_to_runs_of_their_own(Drawing(), RUNS)


def test_a_batch_is_drawn_once_for_all_runs_that_see_it():
    drawn = Counter()

    class Counting(Toy):
        def batches(self, task, seed):
            for batch in super().batches(task, seed):
                drawn[task, seed] += 1
                yield batch

    fit_ensemble(Counting(), RUNS)
    seen = {(task, seed) for tasks, seed in RUNS for task in tasks}
    assert drawn == dict.fromkeys(seen, Toy().recipe.steps)


def test_frozen_parameters_stay():
    class Frozen(Toy):
        def trunk(self):
            trunk = super().trunk()
            trunk[0].requires_grad_(False)
            return trunk

    assert_equal_to_runs_of_their_own(Frozen(), RUNS)


def test_a_run_that_diverges_does_not_disturb_the_others():
    class Exploding(Toy):
        def batches(self, task, seed):
            for inputs, target in super().batches(task, seed):
                yield (inputs * float("inf") if seed == 5 else inputs), target

    results = fit_ensemble(Exploding(), RUNS)
    assert [isinstance(one, GradSplitError) for one in results] == [seed == 5 for _, seed in RUNS]
    assert "at step 1" in str(results[4])
    assert results[2].scores == pytest.approx(fit(Toy(), ALL, 1).scores, rel=1e-9)


def test_no_runs_are_no_results():
    assert fit_ensemble(Toy(), []) == []


@pytest.mark.parametrize(
    ("layer", "message"),
    [(torch.nn.BatchNorm1d(8), "running statistics"), (torch.nn.Dropout(0.1), "other numbers")],
)
def test_layers_that_would_not_be_exact_are_refused(layer, message):
    class With(Toy):
        def trunk(self):
            trunk = super().trunk()
            trunk.add_module("extra", layer)
            return trunk

    with pytest.raises(GradSplitError, match=message):
        fit_ensemble(With(), RUNS)


def test_a_loss_that_branches_on_values_is_refused():
    class Branching(Toy):
        def loss(self, task, output, target):
            return super().loss(task, output, target) * (2 if output.sum() > 0 else 1)

    with pytest.raises(GradSplitError, match="cannot be computed for many runs at once"):
        fit_ensemble(Branching(), RUNS)


def test_unknown_tasks_are_said():
    with pytest.raises(TaskError, match="`gone`"):
        fit_ensemble(Toy(), [(("gone",), 0)])
