"""Train a shared network with a gradient mask: which task's loss may update which filters."""

from importlib import import_module
from importlib.metadata import version
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
    from gradsplit.studies.demo.demo import demo
    from gradsplit.studies.estimates.estimate import estimate
    from gradsplit.studies.estimates.registry import estimator_names
    from gradsplit.studies.mask_check import check_mask
    from gradsplit.studies.probing import measured_cost, probe
    from gradsplit.studies.report.report import report
    from gradsplit.studies.training import train
    from gradsplit.tasksets.registry import load_taskset
    from gradsplit.training.taskset import Recipe, TaskSet
    from gradsplit.training.trainer import TaskSetTrainer
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
    "TaskSetTrainer": "gradsplit.training.trainer",
    "attach_gradients": "gradsplit.engine.rules",
    "check_exact": "gradsplit.engine.reference",
    "check_mask": "gradsplit.studies.mask_check",
    "compare": "gradsplit.studies.comparison.compare",
    "demo": "gradsplit.studies.demo.demo",
    "estimate": "gradsplit.studies.estimates.estimate",
    "estimator_names": "gradsplit.studies.estimates.registry",
    "load_taskset": "gradsplit.tasksets.registry",
    "masked_layer": "gradsplit.engine.rules",
    "measured_cost": "gradsplit.studies.probing",
    "probe": "gradsplit.studies.probing",
    "register_function": "gradsplit.engine.rules",
    "register_node": "gradsplit.engine.rules",
    "register_rule": "gradsplit.engine.rules",
    "report": "gradsplit.studies.report.report",
    "to_group_norm": "gradsplit.engine.group_norm",
    "train": "gradsplit.studies.training",
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
    "TaskSetTrainer",
    "attach_gradients",
    "check_exact",
    "check_mask",
    "compare",
    "demo",
    "estimate",
    "estimator_names",
    "load_taskset",
    "masked_layer",
    "measured_cost",
    "probe",
    "register_function",
    "register_node",
    "register_rule",
    "report",
    "to_group_norm",
    "train",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("gradsplit")
    if name not in _HOMES:
        raise AttributeError(f"module 'gradsplit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
