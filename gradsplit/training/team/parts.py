"""The part of a batch that one process sees, and the outputs of all parts as one batch."""

from typing import Any

import torch.distributed as dist
from torch import Tensor
from torch.autograd import Function

from gradsplit.errors import GradSplitError
from gradsplit.training.batches import each_tensor, leaves


def part_of(count: int, rank: int, size: int) -> slice:
    """Which samples a process sees: neighbours, as equal as possible, the first ones one more.

    Args:
        count: Samples of the batch.
        rank: Which process.
        size: How many processes.

    Example:
        >>> [part_of(5, rank, 2) for rank in range(2)]
        [slice(0, 3, None), slice(3, 5, None)]
    """
    each, more = divmod(count, size)
    begin = rank * each + min(rank, more)
    return slice(begin, begin + each + (rank < more))


def count_of(inputs: Any, size: int, task: str) -> int:
    """The samples of a batch, which can be divided among processes.

    Args:
        inputs: A tensor [N, ...], or a structure of such.
        size: How many processes.
        task: Its task, for the error.

    Raises:
        GradSplitError: Not all of it has the samples in the first dimension, or they are too few.
    """
    found = list(leaves(inputs))
    odd = [one for one in found if not isinstance(one, Tensor) or not one.ndim]
    counts = {len(one) for one in found if isinstance(one, Tensor) and one.ndim}
    if odd or len(counts) != 1:
        raise GradSplitError(
            f"Inputs of `{task}` cannot be divided over processes: they must be tensors with the "
            f"samples in the first dimension, got {_said(found)}. Train in one process."
        )
    (count,) = counts
    if count < size:
        raise GradSplitError(
            f"A batch of `{task}` has {count} samples, too few for {size} processes: raise the "
            "recipe's batch_size or start fewer."
        )
    return count


def whole(output: Any, own: slice, count: int, size: int, task: str) -> Any:
    """The outputs of all processes' parts, as one process has them of the whole batch.

    Through it go gradients to this process's own part alone, times the number of processes: where
    gradients are averaged over the processes, as DistributedDataParallel does, they are those of
    one process.

    Args:
        output: A head's output for this process's part.
        own: The part.
        count: Samples of the whole batch.
        size: How many processes.
        task: Its task, for the error.

    Raises:
        GradSplitError: Something in it does not have the samples in the first dimension.
    """
    length = own.stop - own.start
    odd = [
        one
        for one in leaves(output)
        if not isinstance(one, Tensor) or not one.ndim or len(one) != length
    ]
    if odd:
        raise GradSplitError(
            f"Outputs of `{task}` cannot be put together from several processes: they must be "
            f"tensors with the samples, here {length}, in the first dimension, got {_said(odd)}. "
            "Train in one process."
        )
    return each_tensor(output, lambda part: _Whole.apply(part, own, count, size))


class _Whole(Function):
    """Parts [n, ...] of all processes -> [N, ...]; the gradient of the own part, times `size`."""

    @staticmethod
    def forward(ctx: Any, part: Tensor, own: slice, count: int, size: int) -> Tensor:
        ctx.own, ctx.size = own, size
        # A sum with zeros: exact, and parts need not be equally long, as in gathering.
        together = part.new_zeros((count, *part.shape[1:]))
        together[own] = part
        dist.all_reduce(together)
        return together

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        return gradients[0][ctx.own] * ctx.size, None, None, None


def _said(found: list[Any]) -> str:
    return ", ".join(
        str(list(one.shape)) if isinstance(one, Tensor) else repr(one)[:40] for one in found
    )
