"""Embeddings: one owner a feature, so that all tasks teach every word, each in its features."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.channels import Channels, along, register_rule
from gradsplit.engine.layer_functions import masked_layer, register_function
from gradsplit.engine.layer_nodes import LayerNode, register_node
from gradsplit.engine.mixed_batch import MixedBatch
from gradsplit.errors import NotExactError


@register_rule(nn.Embedding)
def embedding(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [words, features]."""
    return {"weight": Channels(int(module.embedding_dim), dim=1)}  # type: ignore[arg-type]


@register_function(
    [F.embedding],
    "input weight padding_idx max_norm norm_type scale_grad_by_freq sparse",
    constants=True,
)
def mixed_embedding(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Tensor:
    """An embedding in a mixed batch; of indices without samples it is a table like any weight."""
    indices, weight = call["input"], batch.owned(call["weight"])
    assert weight is not None
    if call.get("sparse") or call.get("scale_grad_by_freq"):
        raise NotExactError(
            f"`{weight.name}`: embeddings with sparse=True or scale_grad_by_freq=True are not "
            "supported in a mixed batch. Turn the option off, or use split.task(...)."
        )
    if call.get("max_norm") is not None:
        raise NotExactError(
            f"`{weight.name}`: an embedding with max_norm rewrites its weight in the forward pass, "
            "which a mixed batch cannot follow. Shorten the words yourself before the block "
            "(torch.renorm under no_grad) with max_norm=None, or use split.task(...)."
        )
    if batch.is_constant(indices) and along(weight.owner, -1) is not None:
        output = func(**{**call, "weight": weight.tensor})
        owner = weight.owner.reshape((1,) * (output.ndim - 1) + (-1,))
        return batch.derive(output, owner, weight.name)
    padding, words = call.get("padding_idx"), call["weight"].shape[0]
    padding = -1 if padding is None else padding % words

    def gradient(masked: Tensor, saved: Sequence[Tensor]) -> Tensor:
        return torch.ops.aten.embedding_dense_backward(masked, saved[0], words, padding, False)

    return masked_layer(
        batch, func, call, {"weight": gradient},
        inputs=["input"], dim=-1, channel_owner=-1,
    )  # fmt: skip


register_node(LayerNode(["EmbeddingBackward0"], dim=-1, slots=(0,)))
