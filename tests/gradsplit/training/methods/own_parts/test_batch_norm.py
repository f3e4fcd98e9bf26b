"""Batch statistics, shared or of each task."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from gradsplit import to_group_norm
from gradsplit.engine.group_norm import GroupNormAct
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.fit import fit
from gradsplit.training.methods.own_parts.batch_norm import ApartWithBatchNorm, BatchNormTrunk
from gradsplit.training.model_size import count
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS, small_figures

PAIR = ("pose", "parsing")


@dataclass(frozen=True)
class Pretrained(Figures):
    """A trunk with BatchNorm that has seen data."""

    def trunk(self) -> nn.Module:
        trunk = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4))
        trunk.append(nn.GroupNorm(2, 4))
        with torch.no_grad():
            for index, value in enumerate(("weight", "bias", "running_mean", "running_var")):
                getattr(trunk[1], value).fill_(2.0 + index)
        return trunk


def pretrained() -> Pretrained:
    return Pretrained(height=16, width=8, pictures=40, identities=10, widths=(4, 4, 4, 4))


def test_one_task_has_the_same_batch_norm_either_way() -> None:
    figures = small_figures().with_recipe(steps=2, batch_size=4)
    scores = [
        fit(figures, ("pose",), 0, method=BatchNormTrunk(by_task)).losses["pose"]
        for by_task in (False, True)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_task_batch_norm_keeps_statistics_apart() -> None:
    network = BatchNormTrunk(by_task=True).network(small_figures(), PAIR, 0).train()
    for task, mean in (("pose", 0.0), ("parsing", 5.0)):
        network(torch.randn(4, 3, 16, 8) + mean, task)
    norm = network.trunk.get_submodule("stem.1")
    means = {task: one.running_mean.abs().max().item() for task, one in norm.by_task.items()}
    assert means["parsing"] > 3 * means["pose"] > 0
    assert not any(isinstance(one, nn.GroupNorm) for one in network.trunk.modules())


@pytest.mark.parametrize("by_task", [False, True])
def test_a_batch_norm_that_is_there_is_kept_with_all_it_knows(by_task: bool) -> None:
    network = BatchNormTrunk(by_task).network(pretrained(), PAIR, 0)
    for task in PAIR:
        kept, replaced = (
            network.trunk[place].by_task[task] if by_task else network.trunk[place]
            for place in (1, 2)
        )
        known = [kept.weight, kept.bias, kept.running_mean, kept.running_var]
        assert [one.unique().tolist() for one in known] == [[2.0], [3.0], [4.0], [5.0]]
        assert isinstance(replaced, nn.BatchNorm2d)
        assert replaced.running_var.unique().tolist() == [1.0]
    if by_task:
        norms = network.trunk[1].by_task
        assert norms["pose"].running_mean is not norms["parsing"].running_mean
        inputs = torch.randn(2, 3, 16, 8)
        plain = BatchNormTrunk().network(pretrained(), PAIR, 0).eval()
        assert torch.equal(network.eval().trunk(inputs), plain.trunk(inputs))


@pytest.mark.parametrize("by_task", [False, True])
def test_a_batch_norm_that_was_turned_into_a_group_norm_is_put_back(by_task: bool) -> None:
    """As in a pretrained backbone, which a task set gives with GroupNorm."""

    class Turned(Pretrained):
        def trunk(self) -> nn.Module:
            return to_group_norm(super().trunk()[:2], 2)

    images = torch.randn(2, 3, 16, 8)
    turned = Turned(height=16, width=8, pictures=40, identities=10, widths=(4, 4, 4, 4))
    network = BatchNormTrunk(by_task).network(turned, PAIR, 0).eval()
    plain = BatchNormTrunk().network(pretrained(), PAIR, 0).eval()
    network(images, "pose")
    assert torch.equal(network.trunk(images), plain.trunk[:2](images))
    assert not any(isinstance(one, nn.GroupNorm) for one in network.trunk.modules())


def test_apart_is_single_task_training_with_batch_norm() -> None:
    figures = small_figures().with_recipe(
        steps=3, batch_size=4, weight_decay=0.1, learning_rate=0.02, schedule="constant"
    )
    apart = fit(figures, PAIR, 0, method=ApartWithBatchNorm())
    for task in PAIR:
        alone = fit(figures, (task,), 0, method=BatchNormTrunk())
        assert apart.losses[task] == pytest.approx(alone.losses[task], rel=1e-5)
        assert apart.scores[task] == pytest.approx(alone.scores[task], rel=1e-5)
    together = fit(figures, PAIR, 0, method=BatchNormTrunk())
    assert together.losses["pose"] != pytest.approx(apart.losses["pose"], rel=1e-4)


def test_apart_is_as_large_as_all_single_networks() -> None:
    figures, image = small_figures(), torch.zeros(1, 3, 16, 8)
    apart = count(ApartWithBatchNorm().network(figures, PAIR, 0), image)
    alone = [count(BatchNormTrunk().network(figures, (task,), 0), image) for task in PAIR]
    assert apart.parameters == sum(one.parameters for one in alone)
    assert apart.flops == sum(one.flops for one in alone)


@pytest.mark.parametrize("method", [BatchNormTrunk(), BatchNormTrunk(True), ApartWithBatchNorm()])
def test_batch_norm_needs_a_norm_to_keep_or_replace(method) -> None:
    with pytest.raises(GradSplitError, match="no BatchNorm, and no GroupNorm that BatchNorm could"):
        fit(Toy(), TASKS, 0, method=method)


def test_a_group_norm_that_does_more_is_not_replaced() -> None:
    """Its activation would be lost."""

    class Active(Toy):
        def trunk(self) -> nn.Module:
            return nn.Sequential(GroupNormAct(nn.Identity(), nn.ReLU(), 1, 5))

    with pytest.raises(GradSplitError, match=r"`0` \(GroupNormAct\) does more than normalise"):
        BatchNormTrunk().network(Active(), TASKS, 0)
