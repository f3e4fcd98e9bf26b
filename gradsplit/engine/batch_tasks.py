"""One mixed batch: which sample may teach which channel.

Sample n is of task `ids[n]`; channel c of a layer may learn from it if that task may update the
owner of c. Everything here is worked out once a batch and shared by all layers of the same width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.engine.blocks import Block, blocks_of, large_enough, wide_enough
from gradsplit.engine.owners import runs
from gradsplit.engine.selection import Selection


@dataclass(frozen=True)
class Part:
    """The samples of a batch that share a row of the mask.

    Attributes:
        may_update: Their row, shape [T].
        start: First sample, if they lie next to each other.
        length: Their number.
        index: Their positions, shape [length], if they do not lie next to each other.
    """

    may_update: NDArray[np.bool_]
    start: int
    length: int
    index: Tensor | None

    def take(self, batch: Tensor, dim: int = 0) -> Tensor:
        """Their part of a tensor along its sample dimension; a view if they are neighbours."""
        if self.index is None:
            return batch.narrow(dim, self.start, self.length)
        return batch.index_select(dim, self.index.to(batch.device))

    def put(self, batch: Tensor, dim: int = 0) -> Tensor:
        """A tensor of zeros but for their part of a batch."""
        at = self.positions(batch.device)
        return torch.zeros_like(batch).index_copy_(dim, at, batch.index_select(dim, at))

    def positions(self, device: torch.device) -> Tensor:
        """Their positions in the batch, shape [length]."""
        if self.index is None:
            return torch.arange(self.start, self.start + self.length, device=device)
        return self.index.to(device)


class BatchTasks:
    """The tasks of the samples of one mixed batch.

    Args:
        ids: Task index of each sample, shape [N].
        may_update: The mask, shape [T, T].
    """

    def __init__(self, ids: NDArray[np.int64], may_update: NDArray[np.bool_]) -> None:
        self.ids = ids
        self.size = len(ids)
        self.may_update = may_update
        self.rows = may_update[ids]
        self._open: NDArray[np.bool_] = np.asarray(
            self.rows.all(axis=0)
        )  # By owner: may every sample teach it?
        self._repeated: dict[int, BatchTasks] = {}
        self._tensors: dict[tuple[bytes, tuple[int, ...], torch.device], Tensor] = {}
        self._blocks: dict[bytes, list[Block]] = {}

    @cached_property
    def parts(self) -> list[Part]:
        """The samples by distinct row."""
        parts = []
        for row in np.unique(self.rows, axis=0):
            chosen = (self.rows == row).all(axis=1)
            stretches = runs(chosen)
            index = None if len(stretches) == 1 else torch.from_numpy(np.flatnonzero(chosen))
            parts.append(Part(row, stretches[0][0], int(chosen.sum()), index))
        return parts

    @cached_property
    def stretches(self) -> list[tuple[int, int]]:
        """Neighbouring samples with one row (start, length), from the first to the last."""
        edges = np.flatnonzero((self.rows[1:] != self.rows[:-1]).any(axis=1)) + 1
        return [(at, stop - at) for at, stop in pairwise([0, *edges.tolist(), self.size])]

    def repeated(self, repeat: int) -> "BatchTasks":
        """The tasks of as many windows, frames or positions of each sample, next to each other."""
        if repeat not in self._repeated:
            self._repeated[repeat] = BatchTasks(np.repeat(self.ids, repeat), self.may_update)
        return self._repeated[repeat]

    def all_allowed(self, owner: NDArray[np.int64]) -> bool:
        """Whether every sample may teach every one of these channels."""
        return bool(self._open.all() or self._open[owner].all())

    def allowed(self, owner: NDArray[np.int64], device: torch.device) -> Tensor:
        """May sample n teach the element? Shape [N, *owner.shape], bool."""
        key = (owner.tobytes(), owner.shape, device)
        if key not in self._tensors:
            self._tensors[key] = torch.from_numpy(self.rows[:, owner]).to(device)
        return self._tensors[key]

    def blocks(self, owner: NDArray[np.int64], gradient: Tensor) -> list[Block] | None:
        """The blocks of a layer, if going by them is the faster way.

        Args:
            owner: Owner of each output channel, shape [C].
            gradient: The layer's output gradient.
        """
        if not large_enough(gradient) or len(self.stretches) > 2 * len(self.may_update):
            return None
        key = owner.tobytes()
        if key not in self._blocks:
            starts = [start for start, _ in self.stretches]
            self._blocks[key] = blocks_of(self.rows[starts][:, owner], self.stretches)
        blocks = self._blocks[key]
        some = any(block.samples for block in blocks)
        return blocks if some and wide_enough(blocks) else None

    def summed(self, by_sample: Tensor, owner: NDArray[np.int64]) -> Tensor:
        """The sum over the samples that may teach each element.

        Args:
            by_sample: Shape [N, ...].
            owner: Owner of each element of a sample.
        """
        allowed = self.allowed(owner, by_sample.device)
        return torch.where(allowed, by_sample, by_sample.new_zeros(())).sum(0)

    def select(self, batch: Tensor, owner: NDArray[np.int64], dim: int, sample_dim: int) -> Tensor:
        """A copy of a batch with zeros where a sample may not teach a channel.

        Args:
            batch: Any tensor with samples and channels.
            owner: Owner of each channel, shape [C], or [1] if all have the same.
            dim: The dimension of the channels.
            sample_dim: The dimension of the samples.
        """
        owner = np.broadcast_to(owner, batch.shape[dim])
        if all(part.index is None for part in self.parts):
            result = batch.clone()
            for part in self.parts:
                view = result.narrow(sample_dim, part.start, part.length)
                for start, length in Selection.of(part.may_update[owner]).blocked:
                    view.narrow(dim, start, length).zero_()
            return result
        shape = [1] * batch.ndim
        shape[sample_dim], shape[dim] = self.size, len(owner)
        allowed = self.allowed(owner, batch.device)
        allowed = allowed if sample_dim < dim else allowed.t()
        return torch.where(allowed.reshape(shape), batch, batch.new_zeros(()))


def sum_over(values: Tensor, dims: Sequence[int]) -> Tensor:
    """A sum over some dimensions, maybe none, of which a further sum will be taken."""
    # Rounded once in the end, not here.
    wide = torch.float32 if values.dtype in (torch.float16, torch.bfloat16) else None
    return values.sum(list(dims), dtype=wide) if dims else values
