"""Weight gradients of a mixed batch block by block: what is masked away is not computed.

Neighbouring channels that the same samples may teach are a block. The weight gradient of a block
needs those samples alone, so all blocks together take less than the weight gradient of plain
training does, and no masked copy of the output gradient is made.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Narrower blocks, or a smaller gradient, and a masked copy is faster than many small products.
_LEAST_CHANNELS = 32
_LEAST_ELEMENTS = 2**14


class Block(NamedTuple):
    """Neighbouring channels that the same samples may teach.

    Attributes:
        start: The first channel.
        length: Their number.
        samples: Those samples, as stretches (start, length).
    """

    start: int
    length: int
    samples: tuple[tuple[int, int], ...]

    def samples_of(self, tensor: Tensor) -> Tensor:
        """Its samples of a tensor with all samples in the first dimension; a view of one stretch.

        Example:
            >>> Block(0, 4, ((0, 1), (2, 1))).samples_of(torch.arange(3))
            tensor([0, 2])
        """
        taken = [tensor.narrow(0, start, length) for start, length in self.samples]
        return taken[0] if len(taken) == 1 else torch.cat(taken)


def blocks_of(allowed: NDArray[np.bool_], stretches: Sequence[tuple[int, int]]) -> list[Block]:
    """The blocks of a layer, from the first channel to the last.

    Args:
        allowed: Whether the samples of a stretch may teach a channel, shape [stretches, C].
        stretches: Neighbouring samples (start, length), from the first to the last.

    Example:
        >>> for block in blocks_of(np.array([[1, 1, 0], [1, 1, 1]], bool), [(0, 2), (2, 3)]):
        ...     print(*block)
        0 2 ((0, 5),)
        2 1 ((2, 3),)
    """
    edges = np.flatnonzero((allowed[:, 1:] != allowed[:, :-1]).any(axis=0)) + 1
    bounds = [0, *edges.tolist(), allowed.shape[1]]
    return [
        Block(start, stop - start, _joined(stretches, allowed[:, start]))
        for start, stop in pairwise(bounds)
    ]


def large_enough(gradient: Tensor) -> bool:
    """Whether blocks can be faster for this output gradient; on a GPU it was not measured."""
    return gradient.device.type == "cpu" and gradient.numel() >= _LEAST_ELEMENTS


def wide_enough(blocks: Sequence[Block]) -> bool:
    """Whether blocks have enough channels to be faster one by one."""
    return sum(block.length for block in blocks) >= _LEAST_CHANNELS * len(blocks)


def by_blocks(
    blocks: Sequence[Block],
    gradient: Tensor,
    dim: int,
    inputs: Sequence[Tensor],
    weights: Sequence[Tensor],
    compute: Sequence[Callable[[Tensor, Sequence[Tensor]], Tensor]],
) -> list[Tensor]:
    """The masked gradients of a layer's weights, whose first dimension is the output channels.

    Args:
        blocks: Its blocks.
        gradient: The output gradient, samples first.
        dim: The dimension of its channels.
        inputs: Tensors with samples that `compute` reads, samples first.
        weights: Tensors with channels that `compute` reads, channels first.
        compute: For each weight: (output gradient, inputs and weights) -> gradient.
    """
    by_block: list[list[Tensor] | None] = []
    for block in blocks:
        if not block.samples:
            by_block.append(None)
            continue
        own = block.samples_of(gradient.narrow(dim, block.start, block.length)).contiguous()
        saved = [block.samples_of(tensor) for tensor in inputs]
        saved += [tensor.narrow(0, block.start, block.length) for tensor in weights]
        by_block.append([gradient_of(own, saved) for gradient_of in compute])
    known = next(gradients for gradients in by_block if gradients is not None)
    return [
        torch.cat([
            known[at].new_zeros((block.length, *known[at].shape[1:]))
            if gradients is None else gradients[at]
            for block, gradients in zip(blocks, by_block, strict=True)
        ])
        for at in range(len(compute))
    ]  # fmt: skip


def _joined(
    stretches: Sequence[tuple[int, int]], allowed: NDArray[np.bool_]
) -> tuple[tuple[int, int], ...]:
    """The allowed stretches, neighbours as one."""
    joined: list[tuple[int, int]] = []
    for (start, length), chosen in zip(stretches, allowed.tolist(), strict=True):
        if not chosen:
            continue
        if joined and sum(joined[-1]) == start:
            start, length = joined[-1][0], joined.pop()[1] + length
        joined.append((start, length))
    return tuple(joined)
