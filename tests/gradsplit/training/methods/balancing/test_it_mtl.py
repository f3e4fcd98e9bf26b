"""IT-MTL: toy numbers, a slow twin, and one task alone."""

import copy

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.it_mtl import ItMtl
from gradsplit.training.network import build_network
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.quadratics import (
    Quadratics,
    begun,
    first_gradient,
    first_gradients,
)
from tests.gradsplit.training.methods.scripted import weights
from tests.gradsplit.training.methods.toy_gradients import TASKS, losses_of

close = torch.testing.assert_close
SUM = torch.tensor([1.0, -3.0]).double()


def test_toy_numbers() -> None:
    """The candidates' totals are .0825, .06, .1825 and .325: the sum is taken."""
    close(first_gradient(ItMtl()), SUM)


def test_a_task_alone_is_taken_where_the_sum_is_too_far() -> None:
    """At a rate of .9, steps of a, b, c and the sum total -.5175, -9.54, .3825 and -9.675."""
    close(first_gradient(ItMtl(), learning_rate=0.9), torch.tensor([0.0, -1.0]).double())


def test_it_decides_every_so_many_steps() -> None:
    combine = ItMtl(every=2).combine(begun(Quadratics().with_recipe(learning_rate=0.9)))
    rows = torch.tensor([[-1.0, 0.0], [2.0, -2.0], [0.0, -1.0]]).double()
    assert [combine(rows).tolist() for _ in range(3)] == [[0, -1], [1, -3], [0, -1]]


def test_it_is_the_slow_twin() -> None:
    """Copies of the network are moved and asked, one candidate after the other."""
    taskset = Toy()
    network = build_network(taskset, TASKS, 0)
    rows, before = {}, {}
    for task, loss in losses_of(network, taskset):
        rows[task] = torch.autograd.grad(loss, list(network.trunk.parameters()))
        before[task] = loss.detach()
    candidates = [*rows.values(), [sum(parts) for parts in zip(*rows.values(), strict=True)]]
    totals = []
    for candidate in candidates:
        moved = copy.deepcopy(network)
        for one, part in zip(moved.trunk.parameters(), candidate, strict=True):
            one.data -= taskset.recipe.learning_rate * part
        after = dict(losses_of(moved, taskset))
        totals.append(sum((1 - after[task] / before[task]).item() for task in TASKS))
    best = candidates[totals.index(max(totals))]
    ours = first_gradients(taskset, ItMtl())
    for (name, _), wanted in zip(network.trunk.named_parameters(), best, strict=True):
        close(ours[f"trunk.{name}"], wanted, rtol=1e-12, atol=1e-14)


def test_one_task_alone_is_ordinary_training() -> None:
    assert fit(Toy(), TASKS[:1], 0, method=ItMtl()).scores == fit(Toy(), TASKS[:1], 0).scores


def test_a_negative_loss_is_refused() -> None:
    with pytest.raises(GradSplitError, match="`it-mtl` needs losses of 0 or more"):
        weights(ItMtl(), [[-1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]], 1)


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(GradSplitError, match="1 or more steps, got 0"):
        ItMtl(every=0)
