"""Train a shared network with a gradient mask: which task's loss may update which filters."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradsplit.engine.group_norm import to_group_norm
    from gradsplit.engine.reference import check_exact
    from gradsplit.engine.split import GradSplit
    from gradsplit.training.taskset import Recipe, TaskSet
    from relations.mask import GradientMask
    from relations.tasks import Task

# Loaded on first use: the command's help must not wait for torch.
_HOMES = {
    "GradSplit": "gradsplit.engine.split",
    "GradientMask": "relations.mask",
    "Recipe": "gradsplit.training.taskset",
    "Task": "relations.tasks",
    "TaskSet": "gradsplit.training.taskset",
    "check_exact": "gradsplit.engine.reference",
    "to_group_norm": "gradsplit.engine.group_norm",
}

__all__ = [
    "GradSplit",
    "GradientMask",
    "Recipe",
    "Task",
    "TaskSet",
    "check_exact",
    "to_group_norm",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gradsplit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
