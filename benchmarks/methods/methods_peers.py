"""The same methods as TorchJD and LibMTL implement them, a batch for each task."""

import importlib.util
import random
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from methods_steps import OnStep
from torch import Tensor, nn

from gradsplit import TaskSet
from gradsplit.training.methods.balancing.aggregated import AGGREGATORS
from gradsplit.training.network import build_network
from gradsplit.training.optimizers import make_optimizer

Train = Callable[[OnStep], None]

LIBMTL: Mapping[str, tuple[str, dict[str, Any]]] = {
    "multi-head": ("EW", {}),
    "pcgrad": ("PCGrad", {}),
    "cagrad": ("CAGrad", {"calpha": 0.5, "rescale": 1}),
    "mgda": ("MGDA", {"mgda_gn": "none"}),
    "imtl-g": ("IMTL", {}),
    "aligned-mtl": ("Aligned_MTL", {}),
    "graddrop": ("GradDrop", {"leak": 0.0}),
    "gradvac": ("GradVac", {"GradVac_beta": 0.5, "GradVac_group_type": 0}),
    "db-mtl": ("DB_MTL", {"DB_beta": 0.9, "DB_beta_sigma": 0.0}),
    "fairgrad": ("FairGrad", {"FairGrad_alpha": 1.0}),
    "excess-mtl": ("ExcessMTL", {"robust_step_size": 0.1}),
    "uncertainty": ("UW", {}),
    "gls": ("GLS", {}),
    "random-loss-weighting": ("RLW", {}),
}
"""Our name -> LibMTL's class and its arguments, its defaults; IMTL is both parts of the paper's.

Those that need its trainer's epochs, a solver that is not installed, or a step of their own are not
among them.
"""


def torchjd_training(taskset: TaskSet, name: str, device: str = "cpu") -> Train | None:
    """TorchJD's own backward with one of its aggregators; None where it has none of the name."""
    if name not in AGGREGATORS or name == "cr-mogm":
        return None
    from torchjd import aggregation
    from torchjd.autojac import jac_to_grad, mtl_backward

    options: dict[str, Any] = {
        "cagrad": {"c": 0.5},
        "krum": {"n_byzantine": 0},
        "trimmed-mean": {"trim_number": 1},
        "nash-mtl": {"n_tasks": len(taskset.task_names)},
    }.get(name, {})
    aggregator = getattr(aggregation, AGGREGATORS[name])(**options)

    def train(on_step: OnStep) -> None:
        network = build_network(taskset, taskset.task_names, 0).to(device)
        optimizer = make_optimizer(taskset.recipe, network.parameters())
        sources = {task: taskset.batches(task, 0) for task in network.tasks}
        for _ in range(taskset.recipe.steps):
            optimizer.zero_grad()
            features, losses = [], []
            for task in network.tasks:
                images, target = next(sources[task])
                features.append(network.trunk(images))
                losses.append(taskset.loss(task, network.head(task)(features[-1]), target))
            mtl_backward(losses, features=features, parallel_chunk_size=1)
            jac_to_grad(network.trunk.parameters(), aggregator)
            optimizer.step()
            on_step()

    return train


def libmtl_training(
    taskset: TaskSet, name: str, checkout: Path | None, place: str = "cpu"
) -> Train | None:
    """LibMTL's backward in a loop as its trainer's; None where it has none of the name."""
    if checkout is None or name not in LIBMTL:
        return None
    kind, arguments = LIBMTL[name]
    architecture, weighting = _libmtl(checkout)

    def train(on_step: OnStep) -> None:
        network = build_network(taskset, taskset.task_names, 0).to(place)
        tasks = list(network.tasks)
        heads = nn.ModuleDict({task: network.head(task) for task in tasks})
        model_class = type("Model", (architecture.HPS, getattr(weighting, kind)), {})
        device = torch.device(place)
        model: Any = model_class(tasks, lambda: network.trunk, heads, False, True, device)
        model.init_param()
        optimizer = make_optimizer(taskset.recipe, model.parameters())
        sources = {task: taskset.batches(task, 0) for task in tasks}
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002 - LibMTL draws from it
        for _ in range(taskset.recipe.steps):
            losses: list[Tensor] = []
            for task in tasks:
                images, target = next(sources[task])
                losses.append(taskset.loss(task, model(images, task)[task], target))
            optimizer.zero_grad(set_to_none=False)
            model.backward(torch.stack(losses), **arguments)
            optimizer.step()
            on_step()

    return train


def _libmtl(checkout: Path) -> tuple[Any, Any]:
    """LibMTL's two packages; stand-ins for what it imports and these methods do not use."""
    for name in ("torch_geometric", "cvxpy", "qpsolvers"):
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            sys.modules[name] = sys.modules[f"{name}.loader"] = MagicMock()
    if str(checkout) not in sys.path:
        sys.path.insert(0, str(checkout))
    import LibMTL.architecture as architecture  # type: ignore[import-not-found]
    import LibMTL.weighting as weighting  # type: ignore[import-not-found]

    return architecture, weighting
