"""Linear layers: one owner an output feature."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.block import Block
from gradsplit.rules.functions import Divided, attach, register_function
from gradsplit.rules.registry import Channels, register_rule

if TYPE_CHECKING:
    from gradsplit.samples import MixedBatch


@register_rule(nn.Linear)
def linear(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in] and bias [out]."""
    count = int(module.out_features)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}


@register_function([F.linear], "input weight bias")
def linear_samples(batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A linear layer in a mixed batch."""
    inputs, weight, bias = call["input"], call["weight"], call.get("bias")
    output = func(inputs, batch.plain(weight), batch.plain(bias))
    return attach_linear(batch, func, output, inputs, (batch.divided(weight), batch.divided(bias)))


def attach_linear(
    batch: "MixedBatch",
    func: Callable[..., Any],
    output: Tensor,
    inputs: Tensor,
    parameters: tuple[Divided | None, Divided | None],
) -> Tensor:
    """Attach the gradients of a weight [out, in] and a bias [out] to `inputs @ weight.T + bias`."""
    weight, bias = parameters
    divided = [one for one in parameters if one is not None]
    batch.check_samples(inputs, func, divided[0])
    gradients = partial(
        _gradients,
        batch.block,
        batch.samples,
        None if weight is None else weight.owner,
        None if bias is None else bias.owner,
    )
    return attach(output, [inputs] if weight is not None else [], divided, gradients)


def _gradients(
    block: Block,
    samples: int,
    weight: NDArray[np.int64] | None,
    bias: NDArray[np.int64] | None,
    gradient: Tensor,
    saved: Sequence[Tensor],
) -> list[Tensor]:
    """Gradients of weight [out, in] and bias [out]; their owners say which samples count."""
    found = []
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
        found.append(torch.sum(selected.flatten(0, -2), dim=0))
    return found
