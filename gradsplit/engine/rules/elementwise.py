"""Parameters that meet the samples element by element: slopes, scales, tokens, position tables.

The parameter is expanded to one copy a sample (a view, no memory); autograd gives the gradient of
each copy, already summed over all other dimensions; the copies' gradients are selected and summed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gradsplit.engine.audit import Layout
from gradsplit.engine.channels import Channels, register_rule
from gradsplit.engine.layer_functions import register_function
from gradsplit.engine.mixed_batch import MixedBatch
from gradsplit.engine.row_versions import copies_of_versions
from gradsplit.errors import NotExactError

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


@register_function(list(dict.fromkeys(_BINARY)), "input other", versions="copied")
def mixed_binary(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """A scale, shift, token or table that is broadcast over the samples."""
    return _broadcast(batch, func, call, "input", "other")


@register_function([torch.addcmul, Tensor.addcmul], "input tensor1 tensor2", versions="copied")
def mixed_addcmul(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """A shift and a scale at once, as in a global response norm."""
    return _broadcast(batch, func, call, "input", "tensor1", "tensor2")


@register_function([torch.where], "condition input other", versions="copied")
def mixed_where(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """A table or token in place of some elements of each sample."""
    return _broadcast(batch, func, call, "condition", "input", "other")


@register_function([Tensor.where], "input condition other", versions="copied")
def mixed_method_where(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """The same as a method of the first choice."""
    return _broadcast(batch, func, call, "input", "condition", "other")


def _broadcast(
    batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any], *names: str
) -> Any:
    """A function of each element of tensors that are broadcast against each other."""
    values = [call.pop(name) for name in names]
    ndim = max(value.ndim for value in values if isinstance(value, Tensor))
    return func(*(for_samples(batch, func, value, ndim) for value in values), **call)


@register_function([torch.prelu], "input weight")
def mixed_prelu(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """Slopes along the second dimension of the input."""
    inputs, weight = call["input"], batch.owned(call["weight"])
    assert weight is not None
    batch.check_samples(inputs, func, weight.name)
    shape = (1, -1, *(1,) * (inputs.ndim - 2))
    layout = Layout(batch.tasks, batch.sample_dim, weight.name)
    copies = _Copies.apply(weight.tensor.reshape(shape), weight.owner.reshape(shape), layout)
    return torch.ops.aten._prelu_kernel(inputs, copies)


@register_function([torch.cat, torch.concat, torch.concatenate], "tensors dim", versions="copied")
def mixed_cat(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """Tokens put beside those of each sample."""
    tensors, dim = list(call["tensors"]), call.get("dim", 0)
    ndim = tensors[0].ndim
    if dim % ndim == batch.sample_dim:
        known = (batch.owned(tensor) or batch.versions(tensor) for tensor in tensors)
        name = next(weight.name for weight in known if weight is not None)
        raise NotExactError(
            f"`{name}` is put beside the samples as if it were one; a mixed batch cannot tell "
            "whose it is. Use split.task(...) or split.backward({...})."
        )
    return func([for_samples(batch, func, tensor, ndim) for tensor in tensors], dim)


def for_samples(batch: MixedBatch, func: Callable[..., Any], value: Any, ndim: int) -> Any:
    """One copy a sample of an owned tensor that is broadcast to `ndim` dimensions."""
    weight, versions = batch.owned(value), batch.versions(value)
    if weight is None and versions is None:
        if isinstance(value, Tensor) and not batch.is_constant(value):
            _check_input(batch, func, value, ndim)
        return value
    dim, size, name = batch.sample_dim, batch.tasks.size, (weight or versions).name  # type: ignore[union-attr]
    added = (1,) * (ndim - value.ndim)
    shape = added + tuple(value.shape)
    owner = None if weight is None else weight.owner.reshape(added + weight.owner.shape)
    if (owner is not None and owner.shape[dim] != 1) or shape[dim] not in (1, size):
        raise NotExactError(
            f"`{name}` of shape {tuple(value.shape)} has elements of its own along "
            f"the samples in {func.__name__}; a mixed batch cannot be kept apart here. Use "
            "split.task(...) or split.backward({...})."
        )
    layout = Layout(batch.tasks, dim, name)
    if versions is not None:
        return copies_of_versions(versions, shape, layout)
    return _Copies.apply(weight.tensor.reshape(shape), owner, layout)  # type: ignore[union-attr]


def _check_input(batch: MixedBatch, func: Callable[..., Any], value: Tensor, ndim: int) -> None:
    if value.ndim != ndim:
        raise NotExactError(
            f"{func.__name__}: samples of shape {tuple(value.shape)} are broadcast to {ndim} "
            "dimensions by a split parameter; a mixed batch cannot be kept apart here. Use "
            "split.task(...) or split.backward({...})."
        )
    batch.check_samples(value, func, "a parameter")


class _Copies(torch.autograd.Function):
    """One copy a sample; backward sums the copies that may teach each element."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, owner: NDArray[np.int64], layout: Layout) -> Tensor:
        ctx.owner, ctx.layout = owner, layout
        ctx.summed = value.shape[layout.sample_dim] == 1
        shape: Sequence[int] = [
            layout.tasks.size if dim == layout.sample_dim else size
            for dim, size in enumerate(value.shape)
        ]
        return value.expand(shape)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        dim = ctx.layout.sample_dim
        # allowed: [N, *owner], with the owner's dimension of samples (of size 1) taken out.
        allowed = (
            ctx.layout.tasks.allowed(ctx.owner, gradient.device).movedim(0, dim).squeeze(dim + 1)
        )
        selected = torch.where(allowed, gradient, gradient.new_zeros(()))
        return selected.sum(dim, keepdim=True) if ctx.summed else selected, None, None
