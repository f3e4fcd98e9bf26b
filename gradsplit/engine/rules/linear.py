"""Linear layers: one owner an output feature."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import BatchTasks, sum_over
from gradsplit.engine.blocks import Block
from gradsplit.engine.calls import Call
from gradsplit.engine.channels import Channels, register_rule
from gradsplit.engine.layer_functions import attach_gradients, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch, OwnedTensor
from gradsplit.engine.row_versions import rows_apart
from gradsplit.engine.rules.elementwise import for_samples
from gradsplit.errors import NotExactError


@register_rule(nn.Linear)
def linear(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [out, in] and bias [out]."""
    count = int(module.out_features)  # type: ignore[arg-type]
    return {"weight": Channels(count), "bias": Channels(count)}


@register_function([F.linear], "input weight bias", versions="apart")
def mixed_linear(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """A linear layer in a mixed batch."""
    inputs, weight, bias = call["input"], call["weight"], call.get("bias")
    plain = batch.detached(weight), batch.detached(bias)
    if inputs.ndim == 2 or inputs.is_contiguous():
        output = func(inputs, *plain)
    else:
        # What F.linear does here for weights that require a gradient; to the last bit.
        output = torch.mm(inputs.flatten(0, -2), plain[0].t()).unflatten(0, inputs.shape[:-1])
        output = output if plain[1] is None else output + plain[1]
    return _attach(batch, func, output, inputs, (batch.owned(weight), batch.owned(bias)))


@register_function([torch.addmm, Tensor.addmm], "input mat1 mat2 beta alpha")
def mixed_addmm(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """`bias + inputs @ weight` in a mixed batch, with a weight [in, out]."""
    if call.get("beta", 1) != 1 or call.get("alpha", 1) != 1:
        raise NotExactError("addmm with alpha or beta is not supported in a mixed batch.")
    bias, inputs, weight = call["input"], call["mat1"], call["mat2"]
    output = func(batch.detached(bias), inputs, batch.detached(weight))
    parameters = (_transposed(batch.owned(weight)), batch.owned(bias))
    return _attach(batch, func, output, inputs, parameters)


@register_function(
    [torch.matmul, Tensor.matmul, Tensor.__matmul__, torch.mm, Tensor.mm],
    "input other",
    versions="copied",
)
def mixed_matmul(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """`inputs @ weight` with a weight [in, out], or a product of matrices of each sample."""
    inputs, weight = call["input"], call["other"]
    owned, ndim = batch.owned(weight), max(inputs.ndim, weight.ndim)
    if owned is not None and weight.ndim == 2 and not batch.is_constant(inputs):
        output = func(inputs, batch.detached(weight))
        return _attach(batch, func, output, inputs, (_transposed(owned), None))
    if ndim > 2 and min(inputs.ndim, weight.ndim) > 1:
        return func(*(for_samples(batch, func, value, ndim) for value in (inputs, weight)))
    if (versions := batch.versions(weight)) is not None:
        return rows_apart(batch, Call(func, (inputs, weight), {}), versions.name)
    known = (batch.owned(value) or batch.versions(value) for value in (inputs, weight))
    name = next(value.name for value in known if value is not None)
    raise NotExactError(
        f"`{name}` in a matrix product: a mixed batch knows `inputs @ weight` with a weight of "
        "two dimensions, and products of matrices of each sample [samples, ..., rows, columns]. "
        "Use split.task(...) or split.backward({...})."
    )


def _transposed(weight: OwnedTensor | None) -> OwnedTensor | None:
    return weight and OwnedTensor(weight.tensor.t(), weight.owner.T, weight.name)


def _attach(
    batch: MixedBatch,
    func: Callable[..., Any],
    output: Tensor,
    inputs: Tensor,
    parameters: tuple[OwnedTensor | None, OwnedTensor | None],
) -> Tensor:
    """Attach the gradients of a weight [out, in] and a bias [out] to `inputs @ weight.T + bias`."""
    weight, bias = parameters
    if weight is not None and min(weight.owner.shape) > 1:
        raise NotExactError(
            f"The owners of `{weight.name}` vary along inputs and outputs; a mixed batch cannot be "
            "kept apart here. Use split.task(...) or split.backward({...})."
        )
    owned = [parameter for parameter in parameters if parameter is not None]
    flattened = batch.flattened_shape(inputs)
    if flattened is None:
        batch.check_samples(inputs, func, owned[0].name)
    gradients = partial(
        _gradients,
        batch.tasks,
        batch.sample_dim,
        flattened,
        None if weight is None else weight.owner,
        None if bias is None else bias.owner,
    )
    return attach_gradients(output, [inputs] if weight is not None else [], owned, gradients)


def _gradients(
    tasks: BatchTasks,
    sample_dim: int,
    flattened: tuple[int, int] | None,
    weight: NDArray[np.int64] | None,
    bias: NDArray[np.int64] | None,
    gradient: Tensor,
    saved: Sequence[Tensor],
) -> list[Tensor]:
    """Gradients of weight [out, in] and bias [out]; their owners say which samples count."""
    if flattened is not None:
        gradient = gradient.unflatten(0, flattened)
        saved = [tensor.unflatten(0, flattened) for tensor in saved]
    gradients = []
    if weight is not None:
        inputs = saved[0].to(gradient.dtype)
        gradients.append(_weight_gradient(tasks, sample_dim, weight, gradient, inputs))
    if bias is not None:
        summed = [dim for dim in range(gradient.ndim - 1) if dim != sample_dim]
        gradients.append(tasks.summed(sum_over(gradient, summed), bias.ravel()))
    return gradients


def _weight_gradient(
    tasks: BatchTasks,
    sample_dim: int,
    owner: NDArray[np.int64],
    gradient: Tensor,
    inputs: Tensor,
) -> Tensor:
    def kept(tensor: Tensor) -> Tensor:
        return tasks.select(tensor, owner.ravel(), tensor.ndim - 1, sample_dim).flatten(0, -2)

    if owner.shape[1] > 1:
        # The owners lie along the inputs, as in a tied embedding.
        return gradient.flatten(0, -2).t() @ kept(inputs)
    blocks = tasks.blocks(owner.ravel(), gradient)
    if blocks is None:
        return kept(gradient).t() @ inputs.flatten(0, -2)
    return _by_blocks(blocks, gradient.transpose(0, sample_dim), inputs.transpose(0, sample_dim))


def _by_blocks(blocks: Sequence[Block], gradient: Tensor, inputs: Tensor) -> Tensor:
    """The same block by block, of tensors with the samples first, written into one result."""
    result = gradient.new_empty(gradient.shape[-1], inputs.shape[-1])
    samples: dict[tuple[tuple[int, int], ...], Tensor] = {}
    for block in blocks:
        own = result.narrow(0, block.start, block.length)
        if not block.samples:
            own.zero_()
            continue
        if block.samples not in samples:
            samples[block.samples] = block.samples_of(inputs).flatten(0, -2)
        channels = block.samples_of(gradient.narrow(-1, block.start, block.length)).flatten(0, -2)
        torch.mm(channels.t(), samples[block.samples], out=own)
    return result


def _matrix_gradient(gradient: Tensor, inputs: Tensor, transposed: bool) -> Tensor:
    return gradient.t() @ inputs if transposed else inputs.t() @ gradient


def _addmm_gradient(node: Any, slot: int, gradient: Tensor, transposed: bool) -> Tensor:
    if slot == 0:
        return gradient if node._saved_beta == 1 else gradient * node._saved_beta
    weight = _matrix_gradient(gradient, node._saved_mat1, transposed)
    return weight if node._saved_alpha == 1 else weight * node._saved_alpha


def _mm_gradient(node: Any, slot: int, gradient: Tensor, transposed: bool) -> Tensor:  # noqa: ARG001
    return _matrix_gradient(gradient, node._saved_self, transposed)


register_node(
    LayerNode(
        ["AddmmBackward0"], dim=-1,
        slots=(2, 0), saved=["mat1"], gradient=_addmm_gradient,
    )
)  # fmt: skip
register_node(
    LayerNode(
        ["MmBackward0"], dim=-1,
        slots=(1,), saved=["self"], gradient=_mm_gradient,
    )
)  # fmt: skip
