"""Selecting the part of a parameter's gradient that a loss may use.

Zeroing is by selection, never by multiplication: an inf or NaN in a blocked part does not leak. The
incoming gradient is never changed in place: the engine may share it with other nodes.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.engine.owners import runs


@dataclass(eq=False)
class SplitParameter:
    """One parameter and the owners of its elements.

    Attributes:
        name: Its name in the model, e.g. "layer4.0.conv1.weight".
        parameter: The parameter itself; of one that `fully_shard` has sharded, the whole one that
            takes its place while the model computes.
        owner: Task index, shape with as many dimensions as the parameter, 1 where it does not vary.
        channels: Number of output channels of its layer.
    """

    name: str
    parameter: torch.nn.Parameter
    owner: NDArray[np.int64]
    channels: int

    def selection(self, may_update: NDArray[np.bool_]) -> "Selection":
        """What a loss with this row of the mask keeps of the gradient.

        Args:
            may_update: Row of the mask, shape [T].
        """
        return Selection.of(may_update[self.owner])


@dataclass(frozen=True, eq=False)
class Selection:
    """Which elements are kept, in a form that is cheap to apply.

    Attributes:
        everything: Nothing is blocked.
        dim: The dimension along which elements are kept or blocked; None if not just one.
        kept: Stretches (start, length) that are kept along `dim`.
        blocked: Stretches that are blocked.
        allowed: The booleans, broadcastable against the parameter.
    """

    everything: bool
    dim: int | None
    kept: tuple[tuple[int, int], ...]
    blocked: tuple[tuple[int, int], ...]
    allowed: NDArray[np.bool_]

    @classmethod
    def of(cls, allowed: NDArray[np.bool_]) -> "Selection":
        """From booleans in a shape that broadcasts against the gradient."""
        return _selection(allowed.tobytes(), allowed.shape)

    def apply(self, gradient: Tensor) -> Tensor:
        """The gradient with zeros where it is blocked; the same tensor if nothing is.

        Cost: one pass over the gradient.
        """
        if self.everything:
            return gradient
        if gradient.is_sparse:
            return self._sparse(gradient)
        if self.dim is None:
            allowed = torch.from_numpy(self.allowed).to(gradient.device)
            return torch.where(allowed, gradient, gradient.new_zeros(()))
        result = torch.empty_like(gradient)
        for start, length in self.kept:
            result.narrow(self.dim, start, length).copy_(gradient.narrow(self.dim, start, length))
        for start, length in self.blocked:
            result.narrow(self.dim, start, length).zero_()
        return result

    def add_to(self, total: Tensor, gradient: Tensor) -> None:
        """Add the kept part of a gradient to a total, in place."""
        if self.everything:
            total.add_(gradient)
        elif self.dim is None:
            total.add_(self.apply(gradient))
        else:
            for start, length in self.kept:
                total.narrow(self.dim, start, length).add_(gradient.narrow(self.dim, start, length))

    def _sparse(self, gradient: Tensor) -> Tensor:
        """A sparse embedding gradient: rows are sparse, channels dense."""
        gradient = gradient.coalesce()
        values = Selection.of(self.allowed).apply(gradient.values())
        return torch.sparse_coo_tensor(
            gradient.indices(), values, gradient.shape, is_coalesced=True
        )


# A function of the booleans alone, so that nothing can make a kept one wrong.
@lru_cache(maxsize=256)
def _selection(allowed: bytes, shape: tuple[int, ...]) -> Selection:
    # A copy: torch's compiler takes no array that lies on bytes.
    chosen = np.array(bytearray(allowed), dtype=bool)
    varying = [dim for dim, size in enumerate(shape) if size > 1]
    dim = varying[0] if len(varying) == 1 else None
    kept, blocked = tuple(runs(chosen)), tuple(runs(~chosen))
    return Selection(bool(chosen.all()), dim, kept, blocked, chosen.reshape(shape))
