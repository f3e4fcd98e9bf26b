"""A trunk as stages in a row, whatever its own forward pass looks like; checked, never guessed.

The forward pass is followed by torch.fx down to the stages and cut behind each of them. What stands
between two stages (activations, reshapes, class tokens) goes with the stage before.
"""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, fx, nn

from gradsplit.training.batches import next_batch
from gradsplit.training.methods.own_parts.stages.outputs import (
    StageOutput,
    stage_input,
    stage_output,
)
from gradsplit.training.methods.own_parts.stages.parts import check_names, stage_graphs
from gradsplit.training.methods.own_parts.stages.same import checked
from gradsplit.training.methods.own_parts.stages.traced import OneInput, target_of, traced
from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet


class StagedTrunk(nn.Module):
    """A trunk as stages in a row.

    Args:
        stages: One for each of `outputs`.
        rest: What follows the last of them.
        inputs: What goes into the first.
        outputs: What each gives.
    """

    def __init__(
        self,
        stages: Sequence[nn.Module],
        rest: nn.Module,
        inputs: StageOutput,
        outputs: Sequence[StageOutput],
    ) -> None:
        super().__init__()
        self.stages, self.rest = nn.ModuleList(stages), rest
        self.inputs, self.outputs = inputs, tuple(outputs)

    def forward(self, inputs: Tensor) -> Any:
        """What the trunk gives for a batch of inputs [N, ...]."""
        for stage in self.stages:
            inputs = stage(inputs)
        return self.rest(inputs)


def staged(
    taskset: TaskSet, trunk: nn.Module, stages: Sequence[str] | None, seed: int
) -> StagedTrunk:
    """A task set's trunk as stages; the modules are the trunk's own.

    Args:
        taskset: Gives a batch on which the stages are compared with the trunk.
        trunk: Taken apart.
        stages: Names of modules in the order in which they are called, each the end of a stage;
            those of `default_stages` where None.
        seed: Of the run.

    Raises:
        GradSplitError: The trunk is not such a row of stages.
        ModuleNameError: It does not have a module of that name.
    """
    with seeded(seed, "stages"):
        batches = iter(taskset.batches(taskset.task_names[0], seed))
        inputs, _ = next_batch(batches, taskset.task_names[0])
        chosen = default_stages(trunk, inputs[:2]) if stages is None else tuple(stages)
        return cut(trunk, chosen, inputs[:2])


def default_stages(trunk: nn.Module, inputs: Tensor) -> tuple[str, ...]:
    """The trunk's own `stages`, else those of its children that are called and have parameters.

    Of a trunk that is a wrapper of one module, that module's children; of a list of modules each.

    Args:
        trunk: Any.
        inputs: A few inputs [N, ...].

    Example:
        >>> import torch
        >>> trunk = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3))
        >>> default_stages(trunk, torch.zeros(1, 2))
        ('0', '2')
    """
    own = getattr(trunk, "stages", None)
    if isinstance(own, tuple) and own and all(isinstance(name, str) for name in own):
        return own
    names = _children(trunk, "") or ("",)
    by_target = {target_of(name): name for name in names}
    return tuple(
        by_target[str(node.target)]
        for node in traced(trunk, names, inputs).nodes
        if node.op == "call_module" and node.target in by_target
    )


def _children(module: nn.Module, name: str) -> tuple[str, ...]:
    children = {
        f"{name}.{key}" if name else key: child
        for key, child in module.named_children()
        if any(True for _ in child.parameters())
    }
    if len(children) == 1 and not isinstance(module, nn.ModuleList):
        ((only, child),) = children.items()
        return _children(child, only) or (only,)
    names: list[str] = []
    for key, child in children.items():
        names += _children(child, key) if isinstance(child, nn.ModuleList) else [key]
    return tuple(names)


def last_blocks(trunk: nn.Module, stage: str) -> tuple[str, ...]:
    """The last two blocks of a stage that is a row of blocks; else the stage itself.

    Args:
        trunk: The stage's.
        stage: Its name.

    Example:
        >>> blocks = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
        >>> last_blocks(nn.Sequential(blocks, nn.Linear(2, 2)), "0")
        ('0.0', '0.2')
        >>> last_blocks(nn.Sequential(blocks, nn.Linear(2, 2)), "1")
        ('1',)
    """
    known = dict(trunk.named_modules())
    name = stage
    while name in known:
        module = known[name]
        blocks = [
            f"{name}.{key}" if name else key
            for key, child in module.named_children()
            if any(True for _ in child.parameters())
        ]
        if len(blocks) == 1:
            name = blocks[0]
            continue
        in_row = isinstance(module, nn.Sequential | nn.ModuleList)
        return tuple(blocks[-2:]) if blocks and in_row else (stage,)
    return (stage,)


def cut(trunk: nn.Module, names: Sequence[str], inputs: Tensor) -> StagedTrunk:
    """A trunk as stages that end with the named modules.

    Args:
        trunk: Its modules become those of the stages; it is run on copies only.
        names: Modules in the order in which they are called.
        inputs: A few inputs [N, ...] on which the stages are compared with the trunk, in evaluation
            mode.

    Raises:
        GradSplitError: The trunk is not such a row of stages, with the first stage that shows it.
        ModuleNameError: It does not have a module of that name.

    Example:
        >>> import torch
        >>> trunk = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 4), nn.LayerNorm(4))
        >>> [one.channels for one in cut(trunk, ["0", "2"], torch.zeros(1, 2)).outputs]
        [3, 4]
    """
    check_names(trunk, names)
    graphs = stage_graphs(traced(trunk, names, inputs), trunk, names)
    modules = [fx.GraphModule(OneInput(trunk), graph) for graph in graphs]
    rest = modules.pop() if len(modules) > len(names) else nn.Identity()
    features = checked(trunk, [*modules, rest], names, inputs)
    outputs = [
        stage_output(name, value, module)
        for name, value, module in zip(names, features, modules, strict=False)
    ]
    return StagedTrunk(modules, rest, stage_input(inputs, modules[0]), outputs)
