"""Owners of tensors that are computed from split parameters alone: transposed, cast, reshaped."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.engine.calls import Call
from gradsplit.engine.channels import along
from gradsplit.engine.mixed_batch import OwnedTensor

# Functions that only move elements: applied to the owners they give the owners of the result.
_MOVING = {
    getattr(home, name)
    for home in (Tensor, torch)
    for name in (
        "t", "view", "reshape", "permute", "transpose", "swapaxes", "movedim", "flatten",
        "unflatten", "unsqueeze", "squeeze", "narrow", "select", "chunk", "split", "tensor_split",
        "unbind", "expand", "repeat", "tile", "flip", "roll", "view_as", "expand_as", "__getitem__",
    )
    if hasattr(home, name)
} | {Tensor.T.__get__, Tensor.mT.__get__}  # type: ignore[attr-defined]  # fmt: skip

# Functions of each element on its own.
_ELEMENTWISE = {
    getattr(home, name)
    for home in (Tensor, torch)
    for name in (
        "to", "float", "half", "double", "bfloat16", "type", "type_as", "contiguous", "clone",
        "neg", "abs", "exp", "log", "sigmoid", "tanh", "square", "sqrt", "rsqrt", "relu",
        "add", "sub", "mul", "div", "true_divide", "pow", "__add__", "__radd__", "__sub__",
        "__rsub__", "__mul__", "__rmul__", "__truediv__", "__rtruediv__", "__neg__", "__pow__",
    )
    if hasattr(home, name)
} | {torch.nn.functional.softplus}  # fmt: skip

_TORCH_WEIGHT_NORM = torch._weight_norm  # pyright: ignore

_MOST_MOVED = 256
_MOVED: dict[tuple[object, ...], list[NDArray[np.int64]]] = {}


def derived_owners(
    call: Call, weights: Sequence[OwnedTensor], results: Sequence[Tensor]
) -> list[NDArray[np.int64]] | None:
    """Owners of the results of a function of split parameters, constants and numbers.

    Args:
        call: The function and its arguments.
        weights: The split parameters among its arguments.
        results: The tensors it gave.

    Returns:
        One array a result, as many dimensions as the result; None if the function is not known.
    """
    func, args, kwargs = call
    if func in _ELEMENTWISE:
        return _same(weights, results)
    if func is _TORCH_WEIGHT_NORM:
        return _weight_norm(weights, results)
    if func is torch.nn.functional.linear:
        return _linear(call, weights, results)
    if func in _MOVING and len(weights) == 1:
        key = (func, weights[0].owner.tobytes(), weights[0].owner.shape,
               tuple(weights[0].tensor.shape), repr(args[1:]), repr(kwargs))  # fmt: skip
        if any(isinstance(value, Tensor) for value in (*args[1:], *kwargs.values())):
            return None
        if key not in _MOVED:
            if len(_MOVED) >= _MOST_MOVED:
                # The oldest: shapes of another model, or of a length that comes no more.
                del _MOVED[next(iter(_MOVED))]
            _MOVED[key] = _move(call, weights[0])
        return _MOVED[key]
    return None


def _same(
    weights: Sequence[OwnedTensor], results: Sequence[Tensor]
) -> list[NDArray[np.int64]] | None:
    """All parameters must agree on the owner of every element of the one result."""
    if len(results) != 1:
        return None
    ndim = results[0].ndim
    owners = [
        weight.owner.reshape((1,) * (ndim - weight.owner.ndim) + weight.owner.shape)
        for weight in weights
    ]
    widest = max(owners, key=lambda owner: owner.size)
    return [widest] if all(np.array_equal(owner, widest) for owner in owners) else None


def _linear(
    call: Call, weights: Sequence[OwnedTensor], results: Sequence[Tensor]
) -> list[NDArray[np.int64]] | None:
    """A linear layer of numbers alone, such as positions: an output channel is of its filter."""
    by_name = {**dict(zip(("input", "weight", "bias"), call.args, strict=False)), **call.kwargs}
    layer = {
        by_name[name].data_ptr() for name in ("weight", "bias") if by_name.get(name) is not None
    }
    if any(weight.tensor.data_ptr() not in layer for weight in weights):
        return None  # The input is made of split parameters too: its owners meet here.
    owners = [along(weight.owner, 0) for weight in weights]
    first = owners[0]
    if first is None or any(o is None or not np.array_equal(o, first) for o in owners):
        return None
    return [first.reshape((1,) * (results[0].ndim - 1) + (-1,))]


def _weight_norm(
    weights: Sequence[OwnedTensor], results: Sequence[Tensor]
) -> list[NDArray[np.int64]] | None:
    """Direction and length of one filter belong to that filter: exact if both have its owner.

    The norm is taken over all but one dimension, which must be that of the channels.
    """
    lengths = [weight for weight in weights if weight.tensor.shape != results[0].shape]
    direction = next(weight for weight in weights if weight.tensor.shape == results[0].shape)
    same = all(np.array_equal(weight.owner, direction.owner) for weight in weights)
    dim = direction.dim
    per_filter = all(
        length.tensor.shape[at] == (results[0].shape[at] if at == dim else 1)
        for length in lengths
        for at in range(results[0].ndim)
    )
    return [direction.owner] if same and per_filter and dim is not None else None


def _move(call: Call, weight: OwnedTensor) -> list[NDArray[np.int64]]:
    # Laid out as the weight, or a `view` of it would have no place in memory.
    elements = torch.empty_like(weight.tensor, dtype=torch.int64, device="cpu")
    elements.copy_(torch.from_numpy(weight.owner.copy()))
    moved = call.func(elements, *call.args[1:], **call.kwargs)
    return [_narrow(part.numpy()) for part in ([moved] if isinstance(moved, Tensor) else moved)]


def _narrow(owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Size 1 in every dimension along which the owner does not vary."""
    for dim in range(owner.ndim):
        first = owner.take([0], axis=dim)
        if np.array_equal(np.broadcast_to(first, owner.shape), owner):
            owner = first
    return owner
