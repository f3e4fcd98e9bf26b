"""Which task harms which: probe, change matrix, relation graph, gradient mask."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.probe import PairwiseProbe
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.tasks import Task

# Loaded on first use: networkx and scipy take longer to import than the help may.
_HOMES = {
    "ChangeMatrix": "relations.statistics.change_matrix",
    "GradientMask": "relations.mask",
    "PairwiseProbe": "relations.probe",
    "RelationGraph": "relations.graph",
    "Task": "relations.tasks",
}

__all__ = ["ChangeMatrix", "GradientMask", "PairwiseProbe", "RelationGraph", "Task"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'relations' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
