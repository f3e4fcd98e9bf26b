"""Whole networks: every regime against one backward a task."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from gradsplit import check_exact
from relations.mask import GradientMask
from tests.exactness.exact_case import DEVICE, losses, masks, task_ids
from tests.exactness.exact_networks import NETWORKS


@pytest.mark.parametrize("kind", ["identity", "random", "paper-like"])
@pytest.mark.parametrize("name", NETWORKS)
def test_all_regimes_equal_one_backward_a_task(name, kind):
    case = NETWORKS[name]
    model, batch = case.make()
    ids = task_ids(len(batch[0]), case.tasks, mixed_up=kind == "random") if case.mixed else None
    result = check_exact(
        model,
        masks(case.tasks)[kind],
        batch,
        losses(case.tasks),
        case.modules,
        task_ids=ids,
        **case.options,
    )
    assert result.worst < 1e-12


@pytest.mark.parametrize("name", ["resnet18-shaped", "resnet50-shaped", "unet-decoder"])
def test_float32_is_off_by_rounding_only(name):
    case = NETWORKS[name]
    model, batch = case.make(torch.float32)
    result = check_exact(
        model,
        masks(3)["random"],
        batch,
        losses(3),
        case.modules,
        task_ids=task_ids(len(batch[0]), 3),
    )
    assert result.worst < 1e-5


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_shape_and_any_mask(data):
    tasks = data.draw(st.integers(1, 6))
    width = data.draw(st.integers(tasks, 12))
    samples = data.draw(st.integers(1, 9))
    rows = st.lists(st.booleans(), min_size=tasks, max_size=tasks)
    may_update = data.draw(st.lists(rows, min_size=tasks, max_size=tasks))
    for task in range(tasks):
        may_update[task][task] = True
    ids = data.draw(st.lists(st.integers(0, tasks - 1), min_size=samples, max_size=samples))
    torch.manual_seed(data.draw(st.integers(0, 99)))
    model = nn.Sequential(
        nn.Conv2d(2, 4, 1),
        nn.Conv2d(4, width, data.draw(st.integers(1, 3)), data.draw(st.integers(1, 2))),
        nn.GroupNorm(1, width),
        nn.Tanh(),
        nn.Flatten(2),
        nn.Conv1d(width, width, 1),
    ).to(DEVICE, torch.float64)
    mask = GradientMask(tasks=[f"t{index}" for index in range(tasks)], may_update=may_update)
    check_exact(
        model,
        mask,
        torch.randn(samples, 2, 4, 4).double().to(DEVICE),
        losses(tasks),
        ["1", "2", "5"],
        task_ids=ids,
    )


def test_losses_may_couple_samples_of_one_task():
    """As a triplet loss does: distances between the samples of a task."""
    case = NETWORKS["resnet18-shaped"]
    model, batch = case.make()

    def coupled(output):
        features = output[0].mean((2, 3))
        return (features[:, None] - features[None]).square().sum(-1).sin().sum()

    check_exact(
        model,
        masks(3)["paper-like"],
        batch,
        dict.fromkeys(("t0", "t1", "t2"), coupled),
        case.modules,
        task_ids=task_ids(6, 3),
    )


def test_tasks_may_be_missing():
    case = NETWORKS["resnet18-shaped"]
    model, batch = case.make()
    some = {task: loss for task, loss in losses(3).items() if task != "t1"}
    check_exact(model, masks(3)["random"], batch, some, case.modules, task_ids=[0, 0, 2, 2, 2, 2])
