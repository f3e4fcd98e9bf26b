"""Linear layers: one owner an output feature."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.rules.functions import Divided, attach, register_function
from gradsplit.engine.rules.registry import Channels, register_rule
from gradsplit.errors import NotExactError

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch


@register_rule(nn.Linear)
def linear(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in] and bias [out]."""
    count = int(module.out_features)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}


@register_function([F.linear], "input weight bias")
def linear_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A linear layer in a mixed batch."""
    inputs, weight, bias = call["input"], call["weight"], call.get("bias")
    plain = batch.plain(weight), batch.plain(bias)
    if inputs.ndim == 2 or inputs.is_contiguous():
        output = func(inputs, *plain)
    else:
        # What F.linear does here for weights that require a gradient; to the last bit.
        output = torch.mm(inputs.flatten(0, -2), plain[0].t()).unflatten(0, inputs.shape[:-1])
        output = output if plain[1] is None else output + plain[1]
    return attach_linear(batch, func, output, inputs, (batch.divided(weight), batch.divided(bias)))


@register_function([torch.addmm, Tensor.addmm], "input mat1 mat2 beta alpha")
def addmm_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """`bias + inputs @ weight` in a mixed batch, with a weight [in, out]."""
    if call.get("beta", 1) != 1 or call.get("alpha", 1) != 1:
        raise NotExactError("addmm with alpha or beta is not supported in a mixed batch.")
    bias, inputs, weight = call["input"], call["mat1"], call["mat2"]
    output = func(batch.plain(bias), inputs, batch.plain(weight))
    parameters = (_transposed(batch.divided(weight)), batch.divided(bias))
    return attach_linear(batch, func, output, inputs, parameters)


@register_function(
    [torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.mm, Tensor.mm], "input other"
)
def matmul_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """`inputs @ weight` in a mixed batch, with a weight [in, out]."""
    inputs, weight = call["input"], call["other"]
    divided = batch.divided(weight)
    if divided is None or weight.ndim != 2:
        name = (batch.divided(inputs) or divided).name  # type: ignore[union-attr]
        raise NotExactError(
            f"`{name}` in a matrix product: a mixed batch knows `inputs @ weight` with a weight of "
            "two dimensions only. Use split.task(...) or split.backward({...})."
        )
    output = func(inputs, batch.plain(weight))
    return attach_linear(batch, func, output, inputs, (_transposed(divided), None))


def _transposed(weight: Divided | None) -> Divided | None:
    return weight and Divided(weight.tensor.t(), weight.owner.T, weight.name)


def attach_linear(
    batch: "MixedBatch",
    func: Callable[..., Any],
    output: Tensor,
    inputs: Tensor,
    parameters: tuple[Divided | None, Divided | None],
) -> Tensor:
    """Attach the gradients of a weight [out, in] and a bias [out] to `inputs @ weight.T + bias`."""
    weight, bias = parameters
    if weight is not None and min(weight.owner.shape) > 1:
        raise NotExactError(
            f"The owners of `{weight.name}` vary along inputs and outputs; a mixed batch cannot be "
            "kept apart here. Use split.task(...) or split.backward({...})."
        )
    divided = [one for one in parameters if one is not None]
    lead = batch.lead(inputs)
    if lead is None:
        batch.check_samples(inputs, func, divided[0])
    gradients = partial(
        _gradients,
        batch.block,
        batch.samples,
        lead,
        None if weight is None else weight.owner,
        None if bias is None else bias.owner,
    )
    return attach(output, [inputs] if weight is not None else [], divided, gradients)


def _gradients(
    block: Block,
    samples: int,
    lead: tuple[int, int] | None,
    weight: NDArray[np.int64] | None,
    bias: NDArray[np.int64] | None,
    gradient: Tensor,
    saved: Sequence[Tensor],
) -> list[Tensor]:
    """Gradients of weight [out, in] and bias [out]; their owners say which samples count."""
    found = []
    if lead is not None:
        gradient = gradient.unflatten(0, lead)
        saved = [one.unflatten(0, lead) for one in saved]
    last = gradient.ndim - 1
    selected = gradient
    owner = weight.ravel() if weight is not None and weight.shape[1] == 1 else bias
    if owner is not None:
        selected = block.select(gradient, owner, last, samples)
    if weight is not None:
        inputs = saved[0].to(gradient.dtype)
        if weight.shape[1] > 1:  # The owners lie along the inputs, as in a tied embedding.
            inputs = block.select(inputs, weight.ravel(), last, samples)
            found.append(gradient.flatten(0, -2).t() @ inputs.flatten(0, -2))
        else:
            found.append(selected.flatten(0, -2).t() @ inputs.flatten(0, -2))
    if bias is not None:
        if owner is not None and not np.array_equal(owner, bias):
            selected = block.select(gradient, bias, last, samples)
        found.append(selected.flatten(0, -2).sum(0))
    return found
