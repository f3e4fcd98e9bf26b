"""Parameters that meet the samples element by element: slopes, scales, tokens, position tables.

The parameter is expanded to one copy a sample (a view, no memory); autograd gives the gradient of
each copy, already summed over all other dimensions; the copies' gradients are selected and summed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.rules.functions import Divided, register_function
from gradsplit.engine.rules.registry import Channels, register_rule
from gradsplit.errors import NotExactError

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch

_BINARY = [
    function
    for home in (Tensor, torch)
    for name in (
        "add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "maximum",
        "minimum", "add_", "sub_", "mul_", "div_", "__add__", "__radd__", "__iadd__", "__sub__",
        "__rsub__", "__isub__", "__mul__", "__rmul__", "__imul__", "__truediv__", "__rtruediv__",
        "__itruediv__",
    )
    if (function := getattr(home, name, None)) is not None
]  # fmt: skip


@register_rule(nn.PReLU)
def prelu(module: nn.Module) -> Mapping[str, Channels]:
    """Slopes [C]; a single slope for all channels belongs to no task."""
    count = int(module.num_parameters)  # type: ignore[arg-type]
    return {"weight": Channels(count)} if count > 1 else {}


@register_function(list(dict.fromkeys(_BINARY)), "input other")
def binary_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """A scale, shift, token or table that is broadcast over the samples."""
    both = call.pop("input"), call.pop("other")
    ndim = max(value.ndim for value in both)
    return func(*(_for_samples(batch, func, value, ndim) for value in both), **call)


@register_function([torch.prelu], "input weight")
def prelu_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """Slopes along the second dimension of the input."""
    inputs, weight = call["input"], batch.divided(call["weight"])
    assert weight is not None
    batch.check_samples(inputs, func, weight)
    shape = (1, -1, *(1,) * (inputs.ndim - 2))
    copies = _Copies.apply(
        weight.tensor.reshape(shape), batch.block, weight.owner.reshape(shape), batch.samples
    )
    return torch.ops.aten._prelu_kernel(inputs, copies)


@register_function([torch.cat, torch.concat, torch.concatenate], "tensors dim")
def cat_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """Tokens put beside those of each sample."""
    tensors, dim = list(call["tensors"]), call.get("dim", 0)
    ndim = tensors[0].ndim
    if dim % ndim == batch.samples:
        names = [found.name for one in tensors if (found := batch.divided(one)) is not None]
        raise NotExactError(
            f"`{names[0]}` is put beside the samples as if it were one; a mixed batch cannot tell "
            "whose it is. Use split.task(...) or split.backward({...})."
        )
    return func([_for_samples(batch, func, one, ndim) for one in tensors], dim)


def _for_samples(batch: "MixedBatch", func: Callable[..., Any], value: Any, ndim: int) -> Any:
    """One copy a sample of a divided tensor that is broadcast to `ndim` dimensions."""
    found = batch.divided(value)
    if found is None:
        if isinstance(value, Tensor) and not batch.is_constant(value) and value.ndim != ndim:
            raise NotExactError(
                f"{func.__name__}: samples of shape {tuple(value.shape)} are broadcast to {ndim} "
                "dimensions by a split parameter; a mixed batch cannot be kept apart here. Use "
                "split.task(...) or split.backward({...})."
            )
        if isinstance(value, Tensor) and not batch.is_constant(value):
            batch.check_samples(value, func, Divided(value, np.zeros(0, np.int64), "a parameter"))
        return value
    lead = (1,) * (ndim - found.tensor.ndim)
    aligned = found.tensor.reshape(lead + tuple(found.tensor.shape))
    owner = found.owner.reshape(lead + found.owner.shape)
    if owner.shape[batch.samples] != 1 or aligned.shape[batch.samples] not in (1, batch.block.size):
        raise NotExactError(
            f"`{found.name}` of shape {tuple(found.tensor.shape)} has elements of its own along "
            f"the samples in {func.__name__}; a mixed batch cannot be kept apart here. Use "
            "split.task(...) or split.backward({...})."
        )
    return _Copies.apply(aligned, batch.block, owner, batch.samples)


class _Copies(torch.autograd.Function):
    """One copy a sample; backward sums the copies that may teach each element."""

    @staticmethod
    def forward(
        ctx: Any, value: Tensor, block: Block, owner: NDArray[np.int64], samples: int
    ) -> Tensor:
        ctx.block, ctx.owner, ctx.samples = block, owner, samples
        ctx.one = value.shape[samples] == 1
        shape: Sequence[int] = [
            block.size if dim == samples else size for dim, size in enumerate(value.shape)
        ]
        return value.expand(shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        # allowed: [N, *owner], with the owner's dimension of samples (of size 1) taken out.
        allowed = ctx.block.allowed(ctx.owner, gradient.device).movedim(0, ctx.samples)
        allowed = allowed.squeeze(ctx.samples + 1)
        selected = torch.where(allowed, gradient, gradient.new_zeros(()))
        summed = selected.sum(ctx.samples, keepdim=True) if ctx.one else selected
        return summed, None, None, None
