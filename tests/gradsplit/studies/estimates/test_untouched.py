import copy

import numpy as np
import pytest
import torch
from torch import nn

from gradsplit.studies.estimates.estimator import Passes, over_steps
from gradsplit.studies.estimates.estimators.gradients import Gradients
from gradsplit.studies.estimates.estimators.linear import Linear
from gradsplit.studies.estimates.estimators.lookahead import Lookahead
from gradsplit.studies.estimates.estimators.proximal import Proximal
from gradsplit.studies.estimates.joint_run import measure_together
from gradsplit.studies.estimates.untouched import untouched
from gradsplit.training.fit import fit
from gradsplit.training.optimizers import make_optimizer
from tests.gradsplit.studies.estimates.awkward import Awkward

MEASURING = [
    Lookahead(every=2),
    Lookahead(every=1, step="optimizer"),
    Gradients(every=1),
    Proximal(every=2),
    Linear(directions=4),
]


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize("estimator", MEASURING, ids=lambda one: type(one).__name__)
def test_a_measured_joint_run_is_the_unmeasured_one(estimator, optimizer):
    taskset = Awkward().with_recipe(optimizer=optimizer, weight_decay=0.1, steps=7)
    plain = fit(taskset, taskset.task_names, 3)
    assert estimator.measure(taskset, 3).scores == plain.scores
    again = estimator.measure(taskset, 3)
    assert (again.values == estimator.measure(taskset, 3).values)[0, 1]


def test_several_estimates_of_one_run_are_those_of_runs_of_their_own():
    taskset = Awkward().with_recipe(optimizer="sgd")
    watching = MEASURING[:-1]
    together = measure_together(watching, taskset, 3)
    for one, measured in zip(watching, together, strict=True):
        alone = one.measure(taskset, 3)
        np.testing.assert_array_equal(measured.values, alone.values)
        np.testing.assert_array_equal(measured.se, alone.se)
        assert measured.trainings == alone.trainings
        assert measured.diagnostics == alone.diagnostics


def everything(network, optimizer):
    """All that a training goes on from, by value."""
    return copy.deepcopy(
        (
            network.state_dict(),
            [parameter.grad for parameter in network.parameters()],
            [module.training for module in network.modules()],
            optimizer.state_dict(),
            torch.get_rng_state(),
        )
    )


def same(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize("steps_before", [0, 2])
def test_steps_in_between_leave_no_trace(optimizer, steps_before):
    taskset = Awkward().with_recipe(optimizer=optimizer)
    network = nn.Sequential(taskset.trunk(), nn.Linear(8, 1).double())
    trainer = make_optimizer(taskset.recipe, network.parameters())

    def step():
        trainer.zero_grad()
        network(torch.randn(6, 5).double()).square().mean().backward()
        trainer.step()

    for _ in range(steps_before):
        step()
    network(torch.randn(6, 5).double()).square().mean().backward()
    before = everything(network, trainer)
    with untouched(network, trainer) as rewind:
        step()
        rewind()
        assert same(everything(network, trainer)[:4], before[:4])
        step()
        network.eval()
        trainer.param_groups[0]["lr"] = 7.0
    assert same(everything(network, trainer), before)
    assert not same(everything(network, trainer), (before[0], *before[2:]))


def test_an_error_inside_leaves_no_trace_either():
    layer = nn.Linear(2, 2)
    trainer = torch.optim.SGD(layer.parameters(), lr=1.0)
    before = everything(layer, trainer)
    with pytest.raises(KeyError), untouched(layer, trainer):
        nn.init.zeros_(layer.weight)
        raise KeyError
    assert same(everything(layer, trainer), before)


def test_passes_as_trainings():
    # A training of 10 steps is 10 passes each way.
    assert Passes(forwards=10, backwards=10).trainings(10) == 1
    assert Passes(forwards=3, backwards=0).trainings(1) == 1


def test_a_standard_error_over_steps_sees_that_successive_steps_are_alike():
    rng = np.random.default_rng(0)
    alike = np.repeat(rng.normal(size=(10, 2000)), 10, axis=0)  # ten looks say the same
    _, se = over_steps(alike)
    assert np.sqrt(np.mean(se**2)) == pytest.approx(1 / np.sqrt(10), rel=0.05)
    mean, se = over_steps(np.array([[np.nan, 2.0]]))
    assert np.isnan(mean[0]) and mean[1] == 2 and np.isnan(se).all()
