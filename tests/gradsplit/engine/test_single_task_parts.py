"""A module that one task alone computes with is no place to split, and that is said."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from gradsplit import GradSplit
from gradsplit.errors import SplitNote
from relations import GradientMask

MASK = GradientMask.identity(["kind", "area"])


def model() -> nn.ModuleDict:
    parts = {"trunk": nn.Linear(3, 4), "kind": nn.Linear(4, 2), "area": nn.Linear(4, 2)}
    return nn.ModuleDict(parts)


def losses(network: nn.ModuleDict) -> dict[str, Tensor]:
    features = network["trunk"](torch.ones(2, 3))
    return {task: network[task](features).square().mean() for task in ("kind", "area")}


def test_a_head_is_told_once_with_its_task_and_where_the_user_is() -> None:
    network = model()
    split = GradSplit(network, MASK, modules=["kind"])
    with pytest.warns(SplitNote, match="`kind` alone reaches `kind.bias`, `kind.weight`") as told:
        split.backward(losses(network))
    assert len(told) == 1 and told[0].filename == __file__
    split.backward(losses(network))  # a second note would be an error here


def test_what_all_tasks_compute_with_is_not_told() -> None:
    network = model()
    GradSplit(network, MASK, modules=["trunk"]).backward(losses(network))


def test_separate_forward_passes_share_the_trunk_too() -> None:
    network = model()
    each = {task: losses(network)[task] for task in ("kind", "area")}
    GradSplit(network, MASK, modules=["trunk"]).backward(each)


def test_one_loss_says_nothing_and_the_look_is_kept_for_two() -> None:
    network = model()
    split = GradSplit(network, MASK, modules=["kind"])
    split.backward({"kind": losses(network)["kind"]})
    with pytest.warns(SplitNote):
        split.backward(losses(network))


def test_a_mask_that_allows_all_takes_nothing_from_anybody() -> None:
    network = model()
    everything = GradientMask(tasks=["kind", "area"], may_update=[[True, True], [True, True]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GradSplit(network, everything, modules=["kind"]).backward(losses(network))
