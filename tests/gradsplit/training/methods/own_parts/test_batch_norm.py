"""Batch statistics, shared or of each task."""

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.batch_norm import BatchNormTrunk
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures


def test_one_task_has_the_same_batch_norm_either_way() -> None:
    figures = small_figures().with_recipe(steps=2, batch_size=4)
    scores = [
        fit(figures, ("pose",), 0, method=BatchNormTrunk(by_task)).losses["pose"]
        for by_task in (False, True)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_task_batch_norm_keeps_statistics_apart() -> None:
    network = BatchNormTrunk(by_task=True).network(small_figures(), ("pose", "parsing"), 0).train()
    for task, mean in (("pose", 0.0), ("parsing", 5.0)):
        network(torch.randn(4, 3, 16, 8) + mean, task)
    norm = network.trunk.get_submodule("stem.1")
    means = {task: one.running_mean.abs().max().item() for task, one in norm.by_task.items()}
    assert means["parsing"] > 3 * means["pose"] > 0
    assert not any(isinstance(one, nn.GroupNorm) for one in network.trunk.modules())


def test_batch_norm_needs_a_norm_to_replace() -> None:
    with pytest.raises(GradSplitError, match="no GroupNorm"):
        fit(Toy(), TASKS, 0, method=BatchNormTrunk())
