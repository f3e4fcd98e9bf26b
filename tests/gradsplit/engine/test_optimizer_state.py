"""Masked is not frozen: what optimizers do to a group in steps where it gets no gradient."""

import pytest
import torch
from torch import nn

from gradsplit.engine.split import GradSplit
from relations.mask import GradientMask

MASK = GradientMask.identity(["own", "foreign"])


def moved(optimizer, *, warm: bool) -> torch.Tensor:
    """How far the group of `foreign` moves in one step of `own`'s loss.

    Args:
        optimizer: Parameters -> optimizer.
        warm: Whether a step of `foreign`'s loss comes before.
    """
    torch.manual_seed(0)
    layer = nn.Linear(3, 4, bias=False)
    split = GradSplit(nn.Sequential(layer), MASK, ["0"])
    step = optimizer(layer.parameters())
    if warm:
        with split.task("foreign"):
            layer(torch.ones(1, 3)).sum().backward()
        step.step()
        step.zero_grad()
    before = layer.weight.detach().clone()
    with split.task("own"):
        layer(torch.ones(1, 3)).sum().backward()
    step.step()
    return (layer.weight.detach() - before)[2:]


@pytest.mark.parametrize(
    ("name", "optimizer", "still", "after_its_own_step"),
    [
        ("SGD", lambda p: torch.optim.SGD(p, 0.1), True, True),
        ("momentum", lambda p: torch.optim.SGD(p, 0.1, momentum=0.9), True, False),
        ("decay", lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.1), False, False),
        ("Adam", lambda p: torch.optim.Adam(p, 0.1), True, False),
        ("AdamW", lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.0), True, False),
        ("AdamW, decay", lambda p: torch.optim.AdamW(p, 0.1), False, False),
    ],
)
def test_a_group_without_gradient_stays_only_without_momentum_and_decay(
    name, optimizer, still, after_its_own_step
):
    assert bool((moved(optimizer, warm=False) == 0).all()) == still
    assert bool((moved(optimizer, warm=True) == 0).all()) == after_its_own_step


def test_decay_is_the_same_for_allowed_and_blocked_groups():
    change = moved(lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.1), warm=False)
    torch.manual_seed(0)
    assert torch.allclose(change, -0.01 * nn.Linear(3, 4, bias=False).weight[2:])


def test_one_step_after_all_tasks_leaves_no_group_without_gradient():
    torch.manual_seed(0)
    layer = nn.Linear(3, 4)
    split = GradSplit(nn.Sequential(layer), MASK, ["0"])
    for task in MASK.tasks:
        with split.task(task):
            layer(torch.ones(1, 3)).sum().backward()
    assert (layer.weight.grad != 0).all()
