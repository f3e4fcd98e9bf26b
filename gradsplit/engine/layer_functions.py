"""The register of functions: how a functional layer is computed in a mixed batch.

In a mixed batch a layer's output is computed as always, from its weights without their gradient.
Behind it stands a node that passes the gradient on untouched and computes the weight gradient from
the samples that may teach each channel. So forward values and the gradient of the layer's input are
those of plain training, whatever the layer's options, precision or memory format.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from gradsplit.engine.audit import LAYOUT, Layout, named_layout
from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.blocks import by_blocks
from gradsplit.engine.calls import Call, function_name
from gradsplit.engine.channels import along
from gradsplit.engine.mixed_batch import MixedBatch, OwnedTensor
from gradsplit.errors import NotExactError

LayerFunction = Callable[[MixedBatch, Callable[..., Any], dict[str, Any]], Any]
"""(batch, function of torch, its arguments by name) -> the function's result."""

Gradients = Callable[[Tensor, Sequence[Tensor]], Sequence[Tensor]]
"""(output gradient, saved tensors) -> the masked gradient of each weight."""

WeightGradient = Callable[[Tensor, Sequence[Tensor]], Tensor]
"""(masked output gradient, saved tensors) -> the gradient of one weight."""

ChannelOwner = Callable[[NDArray[np.int64]], NDArray[np.int64] | None]
"""From the owners of a weight's elements to those of the output channels, None if they are not."""

_FUNCTIONS: dict[Callable[..., Any], tuple[tuple[str, ...], LayerFunction, bool]] = {}
_OF_VERSIONS: dict[Callable[..., Any], str] = {}


def register_function(
    functions: Sequence[Callable[..., Any]],
    names: str,
    *,
    constants: bool = False,
    versions: Literal["", "copied", "apart"] = "",
) -> Callable[[LayerFunction], LayerFunction]:
    """Register how functions that take split parameters are computed in a mixed batch.

    Args:
        functions: As a `TorchFunctionMode` sees them, e.g. `torch.conv2d`.
        names: Names of their arguments in order, separated by spaces.
        constants: Whether to use it for calls without samples too; otherwise these are followed as
            tensors made of split parameters alone.
        versions: What is done with a tensor that has a version for each row of the mask: "copied",
            the function of the register copies it for the samples; "apart", the function of torch
            is called with the samples of each row, in its first argument, by themselves.
    """

    def register(layer: LayerFunction) -> LayerFunction:
        for function in functions:
            _OF_VERSIONS[function] = versions
            _FUNCTIONS[function] = (tuple(names.split()), layer, constants)
        return layer

    return register


def treats_versions(func: Callable[..., Any]) -> str:
    """How a function meets samples with a tensor that has versions; empty if it cannot."""
    return _OF_VERSIONS.get(func, "")


def find_function(call: Call, *, has_samples: bool) -> Callable[[MixedBatch], Any] | None:
    """How this call is computed in a mixed batch, if its function is registered."""
    names, layer, constants = _FUNCTIONS.get(call.func, ((), None, False))
    if layer is None or not (has_samples or constants):
        return None
    by_name = {**dict(zip(names, call.args, strict=False)), **call.kwargs}

    def compute(batch: MixedBatch) -> Any:
        token = LAYOUT.set(Layout(batch.tasks, batch.sample_dim))
        try:
            return layer(batch, call.func, by_name)
        finally:
            LAYOUT.reset(token)

    return compute


def masked_layer(
    batch: MixedBatch,
    func: Callable[..., Any],
    call: dict[str, Any],
    gradients: Mapping[str, WeightGradient],
    *,
    inputs: Sequence[str],
    dim: int,
    save: Sequence[str] = (),
    channel_owner: int | ChannelOwner = 0,
    blockwise: bool = False,
) -> Tensor:
    """A layer in which every weight of an output channel takes part in that channel only.

    Its masked weight gradient is the plain one of an output gradient in which each sample has lost
    the channels that it may not teach.

    Args:
        batch: The mixed batch.
        func: The function of torch.
        call: Its arguments by name.
        gradients: The gradient of each weight, by the name of its argument.
        inputs: Names of the arguments that hold samples; saved for the gradients.
        dim: The dimension of the output channels in the output.
        save: Names of further tensors to save, such as a weight whose shape is needed.
        channel_owner: The dimension of the output channels in every weight; or a function from
            the owners of a weight's elements to those of the output channels, None if they do not
            lie along them.
        blockwise: Whether `gradients` may be asked for some samples and some channels alone: of
            these parts of the output gradient and the inputs, and of the first dimension of what
            `save` names.

    Raises:
        NotExactError: The owners of a weight do not lie along the output channels, or two weights
            of a channel have two owners.
    """
    weights = {name: batch.owned(call.get(name)) for name in gradients}
    owned = {name: weight for name, weight in weights.items() if weight is not None}
    first = next(iter(owned.values())).name
    for name in inputs:
        batch.check_samples(call[name], func, first)
    owner = _common_owner(list(owned.values()), channel_owner, func)
    saved = [call[name].detach() for name in (*inputs, *save)]
    plain = {name: batch.detached(call[name]) for name in gradients if name in call}
    masked = partial(
        _masked, batch.tasks, batch.sample_dim, owner, dim, [gradients[name] for name in owned],
        len(inputs) if blockwise and batch.sample_dim == 0 else None,
    )  # fmt: skip
    return attach_gradients(func(**{**call, **plain}), saved, list(owned.values()), masked)


def _common_owner(
    weights: Sequence[OwnedTensor],
    channel_owner: int | ChannelOwner,
    func: Callable[..., Any],
) -> NDArray[np.int64]:
    """The owner of each output channel, on which all weights must agree."""
    owners: list[NDArray[np.int64]] = []
    for weight in weights:
        if isinstance(channel_owner, int):
            owner = along(weight.owner, channel_owner)
        else:
            owner = channel_owner(weight.owner)
        if owner is None:
            raise NotExactError(
                f"The owners of `{weight.name}` do not lie along the output channels of "
                f"{function_name(func)}; a mixed batch cannot be kept apart here. Use "
                "split.task(...) or split.backward({...})."
            )
        owners.append(owner)
    widest = max(owners, key=len)
    if any(not np.array_equal(np.broadcast_to(owner, widest.shape), widest) for owner in owners):
        raise NotExactError(
            f"`{weights[0].name}` and its bias have different owners; a mixed batch needs one "
            "owner a channel. Give both the same in your rule."
        )
    return widest


def _masked(
    tasks: BatchTasks,
    sample_dim: int,
    owner: NDArray[np.int64],
    dim: int,
    weight_gradients: Sequence[WeightGradient],
    inputs: int | None,
    gradient: Tensor,
    saved: Sequence[Tensor],
) -> list[Tensor]:
    """The masked gradients; by blocks if the number of inputs among what was saved is given."""
    # Mixed precision: the output gradient may be of lower precision than what was saved.
    same = [tensor.to(gradient.dtype) if tensor.is_floating_point() else tensor for tensor in saved]
    blocks = None if inputs is None else tasks.blocks(owner, gradient)
    if blocks is not None:
        return by_blocks(blocks, gradient, dim, same[:inputs], same[inputs:], weight_gradients)
    kept = tasks.select(gradient, owner, dim % gradient.ndim, sample_dim)
    return [weight_gradient(kept, same) for weight_gradient in weight_gradients]


def attach_gradients(
    output: Tensor, saved: Sequence[Tensor], weights: Sequence[OwnedTensor], gradients: Gradients
) -> Tensor:
    """An output that passes its gradient on and also gives weights theirs.

    Args:
        output: Computed from the detached weights.
        saved: What the weights' gradients are computed from.
        weights: The split parameters of the layer.
        gradients: Their masked gradients; must hold no reference to the mixed batch.
    """
    saved = [tensor.detach() for tensor in saved]
    weight_tensors = [weight.tensor for weight in weights]
    layout = named_layout(weights[0].name)
    return _Attach.apply(output, gradients, layout, len(saved), *saved, *weight_tensors)  # type: ignore[no-any-return]


class _Attach(torch.autograd.Function):
    """Identity of the output; the weights' gradients are computed beside it."""

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        gradients: Gradients,
        layout: Layout | None,
        count: int,
        *tensors: Tensor,
    ) -> Tensor:
        ctx.gradients, ctx.layout = gradients, layout
        ctx.dtypes = [weight.dtype for weight in tensors[count:]]
        ctx.none = (None,) * (3 + count)
        ctx.save_for_backward(*tensors[:count])
        # Not a view: layers that follow may work in place on it, as they may on the plain output.
        return torch.ops.aten._unsafe_view(output, output.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        masked = ctx.gradients(gradient, ctx.saved_tensors)
        masked = [weight.to(dtype) for weight, dtype in zip(masked, ctx.dtypes, strict=True)]
        return (gradient if ctx.needs_input_grad[0] else None, *ctx.none, *masked)
