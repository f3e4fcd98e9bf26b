"""The register of functions: how a functional layer is computed in a mixed batch.

In a mixed batch a layer's output is computed as always, from its weights without their gradient.
Behind it stands a node that passes the gradient on untouched and computes the weight gradient from
the samples that may teach each channel. So forward values and the gradient of the layer's input are
those of plain training, whatever the layer's options, precision or memory format.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch


@dataclass(frozen=True, eq=False)
class Divided:
    """A split parameter in a mixed batch, or a tensor computed from split parameters alone.

    Attributes:
        tensor: What takes its place in the computation; its gradient flows to the parameter.
        owner: Task index, as many dimensions as the tensor, 1 where it does not vary.
        name: The parameter's name, for messages.
    """

    tensor: Tensor
    owner: NDArray[np.int64]
    name: str

    @property
    def dim(self) -> int | None:
        """The dimension of the channels; None if they lie in more than one."""
        varying = [dim for dim, size in enumerate(self.owner.shape) if size > 1]
        return (varying or [0])[0] if len(varying) <= 1 else None


Handler = Callable[["MixedBatch", Callable[..., Any], dict[str, Any]], Any]
"""handler(batch, function, arguments by name) -> the function's result."""

Gradients = Callable[[Tensor, Sequence[Tensor]], Sequence[Tensor]]
"""gradients(output gradient, saved tensors) -> the masked gradient of each weight."""

_HANDLERS: dict[Callable[..., Any], tuple[tuple[str, ...], Handler, bool]] = {}


def register_function(
    functions: Sequence[Callable[..., Any]], names: str, *, constants: bool = False
) -> Callable[[Handler], Handler]:
    """Register how functions that take split parameters are computed in a mixed batch.

    Args:
        functions: As a `TorchFunctionMode` sees them, e.g. `torch.conv2d`.
        names: Names of their arguments in order, separated by spaces.
        constants: Whether the handler is for calls without samples too; otherwise these are
            followed as tensors made of split parameters alone.
    """

    def register(handler: Handler) -> Handler:
        for function in functions:
            _HANDLERS[function] = (tuple(names.split()), handler, constants)
        return handler

    return register


def find_handler(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    samples: bool,
) -> tuple[Handler, dict[str, Any]] | None:
    """The handler of a call, with samples or without, and its arguments by name, or None."""
    found = _HANDLERS.get(function)
    if found is None or not (samples or found[2]):
        return None
    names, handler, _ = found
    return handler, {**dict(zip(names, args, strict=False)), **kwargs}


def attach(
    output: Tensor, saved: Sequence[Tensor], weights: Sequence[Divided], gradients: Gradients
) -> Tensor:
    """An output that passes its gradient on and also gives weights theirs.

    Args:
        output: Computed from the detached weights.
        saved: What the weights' gradients are computed from.
        weights: The split parameters of the layer.
        gradients: Their masked gradients; must hold no reference to the mixed batch.
    """
    saved = [one.detach() for one in saved]
    weight_tensors = [weight.tensor for weight in weights]
    return _Attach.apply(output, gradients, len(saved), *saved, *weight_tensors)  # type: ignore[no-any-return]


class _Attach(torch.autograd.Function):
    """Identity of the output; the weights' gradients are computed beside it."""

    @staticmethod
    def forward(
        ctx: Any, output: Tensor, gradients: Gradients, count: int, *tensors: Tensor
    ) -> Tensor:
        ctx.gradients = gradients
        ctx.dtypes = [weight.dtype for weight in tensors[count:]]
        ctx.none = (None,) * (2 + count)
        ctx.save_for_backward(*tensors[:count])
        # Not a view: layers that follow may work in place on it, as they may on the plain output.
        return torch.ops.aten._unsafe_view(output, output.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        found = ctx.gradients(gradient, ctx.saved_tensors)
        found = [one.to(dtype) for one, dtype in zip(found, ctx.dtypes, strict=True)]
        return (gradient if ctx.needs_input_grad[0] else None, *ctx.none, *found)
