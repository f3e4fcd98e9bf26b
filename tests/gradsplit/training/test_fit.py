import copy

import pytest
import torch

from gradsplit.errors import (
    DivergedError,
    GradSplitError,
    MaskMismatchError,
    ModuleNameError,
    TaskSetError,
)
from gradsplit.training.fit import fit
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import build_network
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.scoring import score
from gradsplit.training.seeding import seeded
from relations.errors import RelationsError
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy

ALL = Toy().task_names


def state(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def plain_loop(taskset, tasks, seed):
    """The training as a textbook would write it: one summed loss, torch's own plain optimizer."""
    network = build_network(taskset, tasks, seed)
    recipe = taskset.recipe
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
    extra = {"momentum": 0.9} if recipe.optimizer == "sgd" else {}
    optimizer = kinds[recipe.optimizer](
        network.parameters(), lr=1.0, weight_decay=recipe.weight_decay, **extra
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: learning_rate(recipe, at))
    sources = {task: taskset.batches(task, seed) for task in tasks}
    for _ in range(recipe.steps):
        total = torch.zeros((), dtype=torch.float64)
        for task in tasks:
            inputs, target = next(sources[task])
            loss = taskset.loss(task, network(inputs, task), target)
            total = total + recipe.weights.get(task, 1.0) * loss
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        schedule.step()
    return network


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("tasks", [ALL[:1], ALL[1:], ALL])
def test_it_is_the_textbook_loop(optimizer, tasks):
    taskset = Toy().with_recipe(
        optimizer=optimizer, weight_decay=0.1, warmup=2, weights={"error": 0.3}
    )
    ours, plain = fit(taskset, tasks, 3).network, plain_loop(taskset, tasks, 3)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-9, atol=1e-12)


def test_a_seed_decides_everything_and_the_callers_random_state_is_left_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = fit(Toy(), ALL, 0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    again, other = fit(Toy(), ALL, 0), fit(Toy(), ALL, 1)
    assert first.scores == again.scores
    assert first.losses == again.losses
    assert other.losses != first.losses
    second = state(again.network)
    assert all(torch.equal(value, second[name]) for name, value in state(first.network).items())


def test_runs_of_a_seed_share_trunk_heads_and_data():
    alone, together = fit(Toy(), ["error"], 7), fit(Toy(), ALL, 7)
    # The first loss is that of the initial network on the first batch.
    assert alone.losses["error"][0] == pytest.approx(together.losses["error"][0], rel=1e-12)
    assert alone.losses["error"][1] != pytest.approx(together.losses["error"][1], rel=1e-6)


def test_runs_of_any_size_take_the_same_steps():
    assert {len(fit(Toy(), tasks, 0).losses["sum"]) for tasks in (ALL[:1], ALL[:2], ALL)} == {6}


def test_dropout_is_repeated_too():
    class Dropping(Toy):
        def head(self, task):
            return torch.nn.Sequential(torch.nn.Dropout(0.5), super().head(task))

    assert fit(Dropping(), ALL, 0).losses == fit(Dropping(), ALL, 0).losses


def test_random_draws_of_a_training_are_those_of_its_seed():
    def drawn(seed):
        values = []
        fit(Toy(), ALL, seed, observe=lambda _: values.append(torch.rand(1).item()))
        return values

    assert drawn(0) == drawn(0)
    assert not set(drawn(0)) & set(drawn(1))


def test_a_trunk_that_comes_in_evaluation_mode_is_trained_in_training_mode():
    class Pretrained(Toy):
        def trunk(self):
            return super().trunk().eval()

    modes = []
    fitted = fit(
        Pretrained(), ALL, 0, observe=lambda step: modes.append(step.network.trunk.training)
    )
    assert modes == [True] * 6
    assert not fitted.network.trunk.training


def test_a_weight_of_a_loss_acts_and_the_history_is_unweighted():
    heavy = fit(Toy().with_recipe(weights={"sum": 10.0}), ALL, 0)
    equal = fit(Toy(), ALL, 0)
    assert heavy.losses["sum"][0] == equal.losses["sum"][0]
    assert heavy.losses["sum"][-1] != equal.losses["sum"][-1]


def test_on_step_sees_every_step_and_its_losses():
    seen = []
    fitted = fit(
        Toy(), ["sum"], 0, on_step=lambda step, losses: seen.append((step, losses["sum"].item()))
    )
    assert seen == list(enumerate(fitted.losses["sum"], start=1))


def test_scores_come_from_evaluation_mode_without_gradient():
    class Watching(Toy):
        def score(self, task, predict):
            output = predict(torch.zeros(2, 5, dtype=torch.float64))
            assert not output.requires_grad
            return 1.0

    fitted = fit(Watching(), ["sum"], 0)
    assert not fitted.network.training
    assert fitted.scores == score(fitted.network, Watching())


@pytest.mark.parametrize("modules", [None, ("0",), ("0", "last")])
def test_a_full_mask_is_multi_head_training(modules):
    masked = fit(Toy(), ALL, 0, mask=GradientMask.full(ALL), modules=modules)
    plain = fit(Toy(), ALL, 0)
    for name, value in plain.network.state_dict().items():
        torch.testing.assert_close(masked.network.state_dict()[name], value, rtol=1e-9, atol=1e-12)


def test_a_mask_keeps_a_blocked_loss_from_a_group():
    may_update = [[True, True, True], [True, True, True], [False, True, True]]
    taskset = Toy(width=6).with_recipe(steps=1, optimizer="sgd", weight_decay=0.0)
    mask = GradientMask(ALL, may_update)
    # One step on a run of sum and class: sum owns the first three of six rows.
    masked = fit(taskset, (ALL[0], ALL[2]), 0, mask=mask).network.trunk.last.weight
    alone = fit(taskset, ALL[:1], 0).network.trunk.last.weight
    both = fit(taskset, (ALL[0], ALL[2]), 0).network.trunk.last.weight
    torch.testing.assert_close(masked[:3], alone[:3])
    torch.testing.assert_close(masked[3:], both[3:])
    assert not torch.allclose(both[:3], alone[:3])


def test_a_mask_leaves_no_trace_on_the_network():
    network = fit(Toy(), ALL, 0, mask=GradientMask.identity(ALL)).network
    assert state(network).keys() == state(build_network(Toy(), ALL, 0)).keys()
    assert not any(parameter._backward_hooks for parameter in network.parameters())


def test_a_mask_that_lacks_a_task_is_refused():
    with pytest.raises(MaskMismatchError, match=r"`class\.sign` of this run is not one of them"):
        fit(Toy(), ALL, 0, mask=GradientMask.identity(ALL[:2]))


def test_a_mask_needs_modules_to_split():
    class Nothing(Toy):
        split_modules = ()

    with pytest.raises(ModuleNameError, match="names no split modules"):
        fit(Nothing(), ALL, 0, mask=GradientMask.identity(ALL))


@pytest.mark.parametrize(
    ("tasks", "options", "message"),
    [
        (("sum", "gone"), {}, "`gone` is not one of them"),
        (("sum", "sum"), {}, "unique"),
        ((), {}, "needs a task"),
        (ALL, {"modules": ["last"]}, "no mask"),
        (ALL, {"mask": GradientMask.full(ALL), "method": MultiHead()}, "not both"),
    ],
)
def test_mistakes_are_said(tasks, options, message):
    with pytest.raises((GradSplitError, RelationsError), match=message):
        fit(Toy(), tasks, 0, **options)


def test_a_loss_that_is_not_finite_is_an_error():
    class Exploding(Toy):
        def loss(self, task, output, target):
            return super().loss(task, output, target) * float("inf")

    with pytest.raises(DivergedError, match="`sum` is inf at step 1 of 6"):
        fit(Exploding(), ["sum"], 0)


def test_weights_that_the_last_step_has_broken_are_an_error():
    class Steep(Toy):
        """Its loss is finite, its gradient is not."""

        def loss(self, task, output, target):
            return super().loss(task, output, target) + output.mul(0).abs().sqrt().sum()

    with pytest.raises(DivergedError, match="is not finite after the last step"):
        fit(Steep().with_recipe(steps=1), ["sum"], 0)


def test_data_that_end_are_an_error():
    class Ending(Toy):
        def batches(self, task, seed):
            yield next(super().batches(task, seed))

    with pytest.raises(TaskSetError, match="must be endless"):
        fit(Ending(), ["sum"], 0)


def test_a_score_that_is_no_number_is_an_error():
    class Vague(Toy):
        def score(self, task, predict):
            return "good"

    with pytest.raises(TaskSetError, match="must give a number"):
        fit(Vague(), ["sum"], 0)


def test_seeded_initial_weights_do_not_depend_on_the_other_tasks():
    one, three = build_network(Toy(), ["error"], 4), build_network(Toy(), ALL, 4)
    assert torch.equal(one.head("error").weight, three.head("error").weight)
    with seeded(4, "trunk"):
        trunk = Toy().trunk()
    assert torch.equal(trunk.last.weight, three.trunk.last.weight)


def test_the_run_sees_the_task_set_of_its_seed():
    class PerSeed(Toy):
        shift = 0

        def for_seed(self, seed):
            seen = copy.copy(self)
            object.__setattr__(seen, "shift", seed)
            return seen

        def batches(self, task, seed):
            assert self.shift == seed
            return super().batches(task, seed)

        def score(self, task, predict):
            return float(self.shift)

    assert fit(PerSeed(), ("sum", "error"), seed=7).scores == {"sum": 7.0, "error": 7.0}


def test_it_is_printed_in_a_few_lines():
    fitted = fit(Toy(), ("sum", "class.sign"), 0)
    assert len(repr(fitted)) < 150
    heading, *tasks, ending = str(fitted).splitlines()
    assert heading.split() == ["task", "score", "last", "loss"]
    assert [line.split() for line in tasks] == [
        [task, f"{fitted.scores[task]:.4g}", f"{fitted.losses[task][-1]:.4g}"]
        for task in ("sum", "class.sign")
    ]
    assert ending.startswith("6 steps, ")
