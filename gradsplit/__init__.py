"""Train a shared network with a gradient mask: which task's loss may update which filters."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradsplit.engine.group_norm import to_group_norm
    from gradsplit.engine.reference import check_exact
    from gradsplit.engine.rules import (
        Channels,
        LayerNode,
        MixedBatch,
        OwnedTensor,
        attach_gradients,
        masked_layer,
        register_function,
        register_node,
        register_rule,
    )
    from gradsplit.engine.split import GradSplit
    from gradsplit.studies.comparison.compare import compare
    from gradsplit.studies.comparison.compared import Compared
    from gradsplit.training.taskset import Recipe, TaskSet
    from relations.mask import GradientMask
    from relations.tasks import Task

# Loaded on first use: the command's help must not wait for torch.
_HOMES = {
    "Channels": "gradsplit.engine.rules",
    "Compared": "gradsplit.studies.comparison.compared",
    "GradSplit": "gradsplit.engine.split",
    "GradientMask": "relations.mask",
    "LayerNode": "gradsplit.engine.rules",
    "MixedBatch": "gradsplit.engine.rules",
    "OwnedTensor": "gradsplit.engine.rules",
    "Recipe": "gradsplit.training.taskset",
    "Task": "relations.tasks",
    "TaskSet": "gradsplit.training.taskset",
    "attach_gradients": "gradsplit.engine.rules",
    "check_exact": "gradsplit.engine.reference",
    "compare": "gradsplit.studies.comparison.compare",
    "masked_layer": "gradsplit.engine.rules",
    "register_function": "gradsplit.engine.rules",
    "register_node": "gradsplit.engine.rules",
    "register_rule": "gradsplit.engine.rules",
    "to_group_norm": "gradsplit.engine.group_norm",
}

__all__ = [
    "Channels",
    "Compared",
    "GradSplit",
    "GradientMask",
    "LayerNode",
    "MixedBatch",
    "OwnedTensor",
    "Recipe",
    "Task",
    "TaskSet",
    "attach_gradients",
    "check_exact",
    "compare",
    "masked_layer",
    "register_function",
    "register_node",
    "register_rule",
    "to_group_norm",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradsplit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
