"""Adapters of the trunk's convolutions and norms for each task, everything else shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.adapters import AdaptedConvolution, Adapter, Convolution
from gradsplit.training.methods.own_parts.norms import give_own_norms
from gradsplit.training.methods.own_parts.per_task import (
    TaskPartsNetwork,
    module_named,
)
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet


@register_method(
    "task-adapters",
    "adapters of the convolutions and the norms for each task (ASTMT without its discriminator)",
    group="own parts for each task",
    cost=Cost(parameters="one network, T adapters and norms"),
)
@dataclass(frozen=True)
class TaskAdapters(PlainSum):
    """All tasks share the trunk's convolutions; each adapts what they give in a pass of its own.

    Beside every convolution with a kernel larger than 1 stands a 1x1 convolution of the task's own
    (residual adapter), behind both a gate of its own on the channels (squeeze and excitation), and
    the task has the trunk's norms for itself, a BatchNorm with its statistics. Adapters are zero,
    gates are 1 and norms are copies at first, so training begins as multi-head does. The trunk has
    to be run once a task, in use too.

    Source: Maninis, Radosavovic, Kokkinos, "Attentive Single-Tasking of Multiple Tasks", CVPR 2019,
    sections 3.2 and 3.3, with their code (facebookresearch/astmt) for what the text leaves open:
    adapters beside the 3x3 convolutions, zero at first. Its discriminator, which the tasks'
    gradients at the end of the trunk must confuse, is left out: it needs gradients of gradients,
    and took two fifths more time a step where it was tried. Ours: a trunk of any make has no
    blocks that could be told, so the gate stands behind each adapted convolution, where theirs
    stands once a block, behind its last norm; it is 2 sigmoid and begins at 1, where theirs is a
    sigmoid and begins from pretrained ones; grouped convolutions have grouped adapters.

    Its authors report an average drop against single-task networks of 0.04 % with all of it, where
    plain sharing had 6.81 % (PASCAL, ResNet-101). On four human image analysis tasks with BatchNorm
    the paper of GradSplit reports -10.6 on its measure, behind multi-head with a BatchNorm for each
    task (-3.7). For transformers, whose layers are linear, see `lora-stage`.
    Cost: a step is multi-head's with the adapters; the trunk is run once a task in use.

    Attributes:
        adapters: Have the 1x1 convolutions.
        gates: Have the gates.
        norms: Have norms for each task.
        reduction: Channels of the gated over those inside the gate; 1 or more.
        modules: Names of the trunk's modules to adapt; all of it where None.
    """

    adapters: bool = True
    gates: bool = True
    norms: bool = True
    reduction: int = 4
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "task-adapters"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.reduction < 1:
            raise GradSplitError(
                f"`reduction` must be a whole number of at least 1, got {self.reduction}."
            )
        if not (self.adapters or self.gates):
            raise GradSplitError(
                "Without `adapters` and `gates` there is nothing but norms for each task: that is "
                "`multi-head-tbn`."
            )

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            ModuleNameError: There is no such module, or no convolution to adapt.
        """
        network = build_network(taskset, tasks, seed)
        trunk, modules = network.trunk, ("",) if self.modules is None else self.modules
        inside = {id(one) for name in modules for one in module_named(trunk, name).modules()}
        layers = {name: one for name, one in trunk.named_modules() if id(one) in inside}
        adapted = {
            name: one
            for name, one in layers.items()
            if isinstance(one, Convolution) and max(one.kernel_size) > 1
        }
        if not adapted:
            raise ModuleNameError(
                f"`task-adapters` stand beside convolutions with a kernel larger than 1, and there "
                f"is none in {', '.join(modules) if self.modules else 'the trunk'} of "
                f"`{taskset.name}`. For linear layers take `lora-stage`."
            )
        norms = give_own_norms(trunk, modules, tasks) if self.norms else []
        for name, part in self._adapted(adapted, tasks, seed).items():
            trunk.set_submodule(name, part)
        return TaskPartsNetwork(network, (*adapted, *norms))

    def _adapted(
        self, layers: dict[str, Convolution], tasks: Sequence[str], seed: int
    ) -> dict[str, AdaptedConvolution]:
        """The layers with adapters; a task's do not depend on which other tasks are in the run."""
        reduction = self.reduction if self.gates else 0
        made: dict[str, dict[str, Adapter]] = {name: {} for name in layers}
        for task in tasks:
            with seeded(seed, "adapters", task):
                for name, layer in layers.items():
                    made[name][task] = Adapter(layer, beside=self.adapters, reduction=reduction)
        return {name: AdaptedConvolution(layer, made[name]) for name, layer in layers.items()}
