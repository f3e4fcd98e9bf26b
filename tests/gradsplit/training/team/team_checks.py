"""What two processes show together; see `tests.gradsplit.engine.tools.two_processes`."""

import copy
from dataclasses import replace
from functools import partial

import pytest
import torch
import torch.distributed as dist

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.taskset import TaskSet
from gradsplit.training.team.team import Team
from tests.gradsplit.engine.tools.two_processes import Checks
from tests.gradsplit.toy_tasks import InSingle, Toy
from tests.gradsplit.training.methods.toy_gradients import CUT, TASKS
from tests.gradsplit.training.team.divisible import Holes

CHECKS = Checks()
ODD = {"steps": 5, "batch_size": 7}
"""Of seven samples one process has four, the other three."""


def team() -> Team:
    device = torch.device("cpu")
    return Team(dist.get_rank(), dist.get_world_size(), device, plain=dist.group.WORLD)


def assert_as_one(taskset: TaskSet, method: Method, tasks: tuple[str, ...] = TASKS) -> None:
    """A team comes to what one process comes to, in every number."""
    one, several = (fit(taskset, tasks, 0, method=method, team=who) for who in (None, team()))
    assert several.scores == pytest.approx(one.scores, rel=1e-9, abs=1e-12)
    for task, losses in one.losses.items():
        assert several.losses[task] == pytest.approx(losses, rel=1e-10, abs=1e-13)
    for name, value in one.network.state_dict().items():
        torch.testing.assert_close(
            several.network.state_dict()[name], value, rtol=1e-9, atol=1e-10, msg=name
        )
    assert_left_alone(several)


def assert_left_alone(fitted: Fitted) -> None:
    assert not any(one._backward_hooks for one in fitted.network.parameters())
    assert not fitted.network.training


METHODS = {
    "plainly": MultiHead(),
    "by a mask": MaskedTraining(CUT),
    "by a mask of features": MaskedTraining(CUT, mode="feature"),
    "by gradients of tasks": EqualNorm(of=MaskedTraining(CUT)),
}
for name, method in METHODS.items():
    CHECKS[f"losses that do not divide, {name}"] = partial(
        assert_as_one, Holes().with_recipe(**ODD), method
    )


@CHECKS.named("in half precision")
def in_half() -> None:
    taskset = InSingle().with_recipe(**ODD, precision="bfloat16", optimizer="sgd")
    method = MaskedTraining(CUT)
    one, several = (fit(taskset, TASKS, 0, method=method, team=who) for who in (None, team()))
    begun = method.network(taskset, TASKS, 0).state_dict()
    for name, value in one.network.state_dict().items():
        moved = several.network.state_dict()[name] - begun[name]
        torch.testing.assert_close(moved, value - begun[name], rtol=0.1, atol=1e-3)
        assert moved.any()


@CHECKS.named("one task")
def one_task() -> None:
    assert_as_one(Toy().with_recipe(**ODD), MultiHead(), ("sum",))


@CHECKS.named("as many samples as processes")
def fewest_samples() -> None:
    assert_as_one(Toy().with_recipe(steps=3, batch_size=2), MultiHead())


@CHECKS.named("too few samples")
def too_few() -> None:
    with pytest.raises(GradSplitError, match="has 1 samples, too few for 2 processes"):
        fit(Toy().with_recipe(batch_size=1), TASKS, 0, team=team())


class Coupled(Toy):
    """Its trunk does something that an output of a part does not have in common with the whole."""

    layer = torch.nn.Identity()

    def trunk(self):
        trunk = super().trunk()
        trunk.add_module("odd", copy.deepcopy(self.layer).double())
        return trunk


class Centred(torch.nn.Module):
    def forward(self, values):
        return values - values.mean(0)


class Counting(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(8))

    def forward(self, values):
        self.mean.copy_(values.mean(0))
        return values


class Summing(torch.nn.Module):
    def forward(self, values):
        return values.sum(0)


ODD_LAYERS = {
    "Ask for statistics of the whole": torch.nn.BatchNorm1d(8),
    "draws at random for every sample": torch.nn.Dropout(0.5),
    "depends on the other samples": Centred(),
    "changes buffers by the samples of its batch [(]trunk.odd.mean": Counting(),
}
for text, layer in ODD_LAYERS.items():

    @CHECKS.named(f"refused: {text}")
    def odd_layer(text: str = text, layer: torch.nn.Module = layer) -> None:
        taskset = Coupled()
        object.__setattr__(taskset, "layer", layer)
        with pytest.raises(GradSplitError, match=text):
            fit(taskset, TASKS, 0, team=team())


@CHECKS.named("refused: BatchNorm synchronised on a CPU")
def synchronised() -> None:
    taskset = Coupled()
    object.__setattr__(taskset, "layer", torch.nn.BatchNorm1d(8))
    with pytest.raises(GradSplitError, match="torch has it on GPUs alone"):
        fit(taskset, TASKS, 0, team=replace(team(), sync_batch_norm=True))


@CHECKS.named("BatchNorm with kept statistics")
def kept_statistics() -> None:
    class Kept(torch.nn.BatchNorm1d):
        def train(self, mode: bool = True):
            return super().train(False)

    taskset = Coupled()
    object.__setattr__(taskset, "layer", Kept(8))
    assert_as_one(taskset.with_recipe(**ODD), MultiHead())
