"""A network of a library: how it is made small, and what is split in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

SAMPLES = 6


@dataclass(frozen=True)
class Network:
    """How a network is made, with few channels and blocks.

    Attributes:
        make: Makes it; called with a fixed seed.
        last: Names of its last part, which is split alone first; the whole network is split too.
        shape: Shape of one sample.
        words: Number of words if the samples are words, else they are drawn from a normal.
        options: What `make` is called with.
        given: The batch where one tensor is not enough, as keyword arguments.
    """

    make: Callable[..., nn.Module]
    last: tuple[str, ...]
    shape: tuple[int, ...] = (3, 32, 32)
    words: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    given: Callable[[], dict[str, Tensor]] | None = None

    def parts(self) -> dict[str, tuple[str, ...]]:
        """What is split, by a name."""
        return {"last": tuple(f"network.{name}" for name in self.last), "whole": ("network",)}

    def built(self) -> tuple[nn.Module, dict[str, Tensor]]:
        """The network in float64, with weights away from the zeros and ones they start with."""
        torch.manual_seed(0)
        model = Tensors(self.make(**self.options)).double()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter += 0.05 * torch.randn_like(parameter)
        return model, self.batch()

    def batch(self) -> dict[str, Tensor]:
        """Six samples, as keyword arguments of `Tensors`."""
        if self.given is not None:
            return self.given()
        if self.words:
            return {"value": torch.randint(self.words, (SAMPLES, *self.shape))}
        return {"value": torch.randn(SAMPLES, *self.shape, dtype=torch.float64)}


class Tensors(nn.Module):
    """Any network; its output is a list of tensors with a gradient."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, value: Tensor | None = None, **given: Tensor) -> list[Tensor]:
        output = self.network(**given) if value is None else self.network(value)
        leaves = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
        return [leaf for leaf in leaves if leaf.requires_grad and leaf.is_floating_point()]
