"""Who trains in which step, and the limit cases."""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.batches import next_batch
from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.db_mtl import DbMtl
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.scheduled import Scheduled, conflict_free_classes
from gradsplit.training.network import build_network
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.step import Step
from relations import GradientMask
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS

FULL = GradientMask.full(TASKS)
PATH = GradientMask(TASKS, [[True, False, True], [True, True, False], [True, True, True]])
APART = GradientMask.identity(TASKS)


def masked(count: int, *blocked: tuple[int, int]) -> GradientMask:
    may_update = np.ones((count, count), dtype=bool)
    for source, target in blocked:
        may_update[source, target] = False
    return GradientMask([str(number) for number in range(1, count + 1)], may_update)


def test_classes_of_small_graphs() -> None:
    assert conflict_free_classes(masked(3, (0, 1), (2, 1))) == [("1", "3"), ("2",)]
    assert conflict_free_classes(masked(3)) == [("1", "2", "3")]
    triangle = masked(3, (0, 1), (1, 2), (2, 0))
    assert conflict_free_classes(triangle) == [("1",), ("2",), ("3",)]
    # A path 1-3-4-2, where greedy in the order 1, 2, 3, 4 would need three colours.
    assert conflict_free_classes(masked(4, (0, 2), (2, 3), (3, 1))) == [("1", "4"), ("2", "3")]
    star = masked(5, *((4, leaf) for leaf in range(4)))
    assert conflict_free_classes(star) == [("1", "2", "3", "4"), ("5",)]


masks = st.integers(1, 6).flatmap(
    lambda size: st.lists(st.booleans(), min_size=size * size, max_size=size * size)
)


@given(masks)
def test_nobody_harms_anybody_of_the_class(cells: list[bool]) -> None:
    size = round(len(cells) ** 0.5)
    may_update = np.array(cells).reshape(size, size) | np.eye(size, dtype=bool)
    mask = GradientMask([str(number) for number in range(size)], may_update)
    classes = conflict_free_classes(mask)
    assert sorted(task for tasks in classes for task in tasks) == sorted(mask.tasks)
    for tasks in classes:
        assert not set(mask.blocked()) & set(product(tasks, tasks))
    # A later class could not have gone into an earlier one: a greedy colouring in any order.
    degrees = {
        task: len({frozenset(edge) for edge in mask.blocked() if task in edge})
        for task in mask.tasks
    }
    assert len(classes) <= max(degrees.values()) + 1
    assert mask.blocked() == [] or len(classes) > 1
    assert all(first[0] < second[0] for first, second in combinations(classes, 2))


def steps_of(method: Scheduled, toy: Toy) -> tuple[list[tuple[str, ...]], nn.Module]:
    """The tasks of every step, and the network."""
    steps = []
    fitted = fit(toy, TASKS, 0, method=method, observe=lambda step: steps.append((*step.batches,)))
    return steps, fitted.network


@pytest.mark.parametrize("equal", [True, False])
def test_without_conflicts_it_is_multi_head_to_the_bit(equal: bool) -> None:
    ours = fit(Toy(), TASKS, 0, method=Scheduled(FULL, equal))
    plain = fit(Toy(), TASKS, 0)
    assert ours.losses == plain.losses
    for name, value in plain.network.state_dict().items():
        assert torch.equal(ours.network.state_dict()[name], value)
    alone = fit(Toy(), TASKS[:1], 0, method=Scheduled(APART, equal))
    assert alone.scores == fit(Toy(), TASKS[:1], 0).scores


def test_classes_take_turns_and_every_task_has_its_updates() -> None:
    turns, _ = steps_of(Scheduled(PATH), Toy())
    assert turns == [("sum", "class.sign"), ("error",)] * Toy().recipe.steps
    fewer, _ = steps_of(Scheduled(PATH, equal_updates=False), Toy())
    assert fewer == turns[: Toy().recipe.steps]
    every = fit(Toy(), TASKS, 0, method=Scheduled(PATH))
    assert {len(losses) for losses in every.losses.values()} == {Toy().recipe.steps}


@pytest.mark.parametrize("mask", [PATH, APART])
def test_it_trains_as_its_twin_does(mask: GradientMask) -> None:
    """A loop that is written out; heads of tasks that are not in a step stand still."""
    toy = Toy().with_recipe(optimizer="adam", steps=4, warmup=2)
    rates = []

    def note(step: Step) -> None:
        rates.append(step.optimizer.param_groups[0]["lr"])

    ours = fit(toy, TASKS, 0, method=Scheduled(mask), observe=note).network
    classes = [("sum", "class.sign"), ("error",)] if mask is PATH else [(one,) for one in TASKS]
    longer = toy.with_recipe(steps=4 * len(classes), warmup=2 * len(classes)).recipe
    twin = build_network(toy, TASKS, 0)
    optimizer = torch.optim.Adam(twin.parameters(), weight_decay=longer.weight_decay)
    sources = {task: iter(toy.batches(task, 0)) for task in TASKS}
    for step in range(longer.steps):
        optimizer.param_groups[0]["lr"] = learning_rate(longer, step)
        optimizer.zero_grad()
        for task in classes[step % len(classes)]:
            inputs, target = next_batch(sources[task], task)
            toy.loss(task, twin(inputs, task), target).backward()
        optimizer.step()
    assert rates == [learning_rate(longer, step) for step in range(longer.steps)]
    for name, value in twin.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-10, atol=1e-12)


def test_loss_weights_go_on_top_and_a_balancing_does_not() -> None:
    sgd = Toy().with_recipe(optimizer="sgd")
    weighted = fit(sgd, TASKS, 0, method=LossWeights({"sum": 0.2}, of=Scheduled(PATH)))
    recipe = fit(sgd.with_recipe(weights={"sum": 0.2}), TASKS, 0, method=Scheduled(PATH))
    assert weighted.scores == recipe.scores
    with pytest.raises(GradSplitError, match=r"`db-mtl` needs the losses of all.*`scheduled`"):
        fit(Toy(), TASKS, 0, method=DbMtl(of=Scheduled(PATH)))
    one_class = fit(Toy(), TASKS, 0, method=DbMtl(of=Scheduled(FULL)))
    assert one_class.scores == fit(Toy(), TASKS, 0, method=DbMtl()).scores


def test_tasks_that_the_mask_does_not_know_are_refused() -> None:
    with pytest.raises(GradSplitError, match="is not one of them"):
        fit(Toy(), TASKS, 0, method=Scheduled(GradientMask.full(TASKS[:2])))


def test_it_trains_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 10})
    method = Scheduled(GradientMask.identity(taskset.task_names))
    runs = [fit(taskset, taskset.task_names, 3, method=method) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert {len(losses) for losses in runs[0].losses.values()} == {10}
