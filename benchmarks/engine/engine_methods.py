"""One training step each: plain, ours in three regimes, the naive way, and the peers."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from engine_models import Network
from torch import Tensor
from torch.nn import functional as F

from gradsplit import GradSplit
from gradsplit.engine.reference import reference_gradients
from relations.mask import GradientMask

Backward = Callable[[], None]
"""Forward and backward of one step; gradients are in the parameters afterwards."""


def paper_like(tasks: int) -> GradientMask:
    """The first half may update its own group only, the others all: at T = 4 the paper's mask."""
    may_update = np.ones((tasks, tasks), dtype=bool)
    may_update[: tasks // 2] = np.eye(tasks, dtype=bool)[: tasks // 2]
    return GradientMask(tasks=[f"t{index}" for index in range(tasks)], may_update=may_update)


@dataclass
class Setting:
    """A network, a batch of labelled images, and a mask."""

    network: Network
    images: Tensor
    labels: Tensor
    mask: GradientMask

    def losses(self, images: Tensor, labels: Tensor) -> list[Tensor]:
        """All tasks on the same images."""
        features = self.network(images)
        return [F.cross_entropy(head(features), labels) for head in self.network.heads]

    def parts(self) -> list[tuple[int, Tensor, Tensor]]:
        """An equal part of the batch for each task: index, images, labels."""
        count = len(self.network.heads)
        images, labels = self.images.chunk(count), self.labels.chunk(count)
        return list(zip(range(count), images, labels, strict=True))

    def part_loss(self, index: int, features: Tensor, labels: Tensor) -> Tensor:
        """The loss of one task's part."""
        return F.cross_entropy(self.network.heads[index](features), labels)

    def ids(self) -> Tensor:
        """The task of each image, neighbours alike."""
        return torch.cat([torch.full((len(images),), index) for index, images, _ in self.parts()])


def regimes(setting: Setting, split: GradSplit) -> dict[str, dict[str, Backward]]:
    """For each regime the plain step, ours, and the naive one (a backward pass a task)."""
    return {
        "a": {"plain": _batches(setting, None), "gradsplit": _batches(setting, split)},
        "b": {
            "plain": lambda: sum(_mixed(setting)).backward(),  # type: ignore[union-attr]
            "gradsplit": lambda: _samples(setting, split),
            "naive": lambda: _naive(setting, split, _mixed(setting)),
        },
        "c": {
            "plain": lambda: sum(_shared(setting)).backward(),  # type: ignore[union-attr]
            "gradsplit": lambda: split.backward(_named(setting, _shared(setting))),
            "naive": lambda: _naive(setting, split, _shared(setting)),
        },
    }


def _batches(setting: Setting, split: GradSplit | None) -> Backward:
    def step() -> None:
        for index, images, labels in setting.parts():
            loss = setting.part_loss(index, setting.network(images), labels)
            if split is None:
                loss.backward()
            else:
                with split.task(setting.mask.tasks[index]):
                    loss.backward()

    return step


def _mixed(setting: Setting) -> list[Tensor]:
    features = setting.network(setting.images).chunk(len(setting.network.heads))
    return [
        setting.part_loss(index, part, labels)
        for part, (index, _, labels) in zip(features, setting.parts(), strict=True)
    ]


def _samples(setting: Setting, split: GradSplit) -> None:
    with split.samples(setting.ids(), audit=False):
        losses = _mixed(setting)
    torch.stack(losses).sum().backward()


def _shared(setting: Setting) -> list[Tensor]:
    return setting.losses(setting.images, setting.labels)


def _named(setting: Setting, losses: list[Tensor]) -> dict[str, Tensor]:
    return dict(zip(setting.mask.tasks, losses, strict=True))


def _naive(setting: Setting, split: GradSplit, losses: list[Tensor]) -> None:
    parameters = dict(setting.network.named_parameters())
    found = reference_gradients(split, _named(setting, losses), parameters)
    for name, parameter in parameters.items():
        parameter.grad = found[name]


def torchjd_methods(setting: Setting, split: GradSplit) -> dict[str, Backward]:
    """TorchJD on the same losses: PCGrad, and its Jacobian combined with our mask by hand."""
    from torchjd.aggregation import PCGrad
    from torchjd.autojac import jac_to_grad, mtl_backward

    trunk = [*setting.network.below.parameters(), *setting.network.above.parameters()]
    owners = {id(entry.parameter): entry.owner for entry in split.entries}
    may_update = setting.mask.may_update
    aggregator = PCGrad()

    def backward(chunk: int | None) -> None:
        features = setting.network(setting.images)
        losses = [F.cross_entropy(head(features), setting.labels) for head in setting.network.heads]
        with split.unmasked():
            mtl_backward(losses, features=features, parallel_chunk_size=chunk)

    def aggregated(chunk: int | None) -> Backward:
        def step() -> None:
            backward(chunk)
            jac_to_grad(trunk, aggregator)

        return step

    def masked() -> None:
        backward(1)
        for parameter in trunk:
            jacobian: Any = parameter.jac  # type: ignore[attr-defined]
            if id(parameter) in owners:
                allowed = torch.from_numpy(may_update[:, owners[id(parameter)]])
                jacobian = torch.where(allowed.to(jacobian.device), jacobian, 0)
            parameter.grad = jacobian.sum(0)
            del parameter.jac  # type: ignore[attr-defined]

    return {
        "torchjd-pcgrad": aggregated(None),
        "torchjd-pcgrad-chunk1": aggregated(1),
        "torchjd-jacobian-our-mask": masked,
    }


def libmtl_pcgrad(setting: Setting, split: GradSplit) -> Backward:
    """LibMTL's PCGrad; its repository must be on the path, its published package does not run.

    Importing any of it imports packages that PCGrad does not use: stand-ins where they are missing.
    """
    for name in ("torch_geometric", "cvxpy", "qpsolvers"):
        if name not in sys.modules and importlib.util.find_spec(name) is None:
            sys.modules[name] = sys.modules[f"{name}.loader"] = MagicMock()
    from LibMTL.architecture import HPS  # type: ignore[import-not-found]
    from LibMTL.weighting import PCGrad  # type: ignore[import-not-found]

    network = setting.network

    class Trunk(torch.nn.Sequential):
        def __init__(self) -> None:
            super().__init__(network.below, network.above)

    class Model(HPS, PCGrad):
        def __init__(self) -> None:
            heads = dict(zip(setting.mask.tasks, network.heads, strict=True))
            super().__init__(
                list(setting.mask.tasks), Trunk, torch.nn.ModuleDict(heads), False, False,
                setting.images.device,
            )  # fmt: skip
            self.init_param()

    model = Model().to(setting.images.device)

    def step() -> None:
        model.zero_grad(set_to_none=False)
        outputs = model(setting.images)
        losses = [F.cross_entropy(outputs[task], setting.labels) for task in setting.mask.tasks]
        with split.unmasked():
            model.backward(torch.stack(losses))

    return step
