"""Embeddings: one owner a feature, so that all tasks teach every word, each in its features."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.engine.batch_tasks import Block
from gradsplit.engine.rules.functions import attach, register_function
from gradsplit.engine.rules.registry import Channels, register_rule
from gradsplit.errors import NotExactError

if TYPE_CHECKING:
    from gradsplit.engine.mixed_batch import MixedBatch


@register_rule(nn.Embedding)
def embedding(module: nn.Module) -> Mapping[str, Channels]:
    """Weight [words, features]."""
    return {"weight": Channels(int(module.embedding_dim), dim=1)}  # type: ignore[arg-type]


@register_function(
    [F.embedding],
    "input weight padding_idx max_norm norm_type scale_grad_by_freq sparse",
    constants=True,
)
def embedding_samples(
    batch: "MixedBatch", func: Callable[..., Any], call: dict[str, Any]
) -> Tensor:
    """An embedding in a mixed batch; of indices without samples it is a table like any weight."""
    indices, weight = call["input"], batch.divided(call["weight"])
    assert weight is not None
    if call.get("sparse") or call.get("scale_grad_by_freq"):
        raise NotExactError(
            f"`{weight.name}`: embeddings with sparse=True or scale_grad_by_freq=True are not "
            "supported in a mixed batch. Turn the option off, or use split.task(...)."
        )
    if batch.is_constant(indices):
        output = func(**{**call, "weight": weight.tensor})
        owner = weight.owner.reshape((1,) * (output.ndim - 1) + (-1,))
        return batch.derive(output, owner, weight.name)
    batch.check_samples(indices, func, weight)
    output = func(**{**call, "weight": batch.plain(call["weight"])})
    padding = call.get("padding_idx")
    words = call["weight"].shape[0]
    padding = -1 if padding is None else padding % words
    gradients = partial(_gradient, batch.block, batch.samples, weight.owner, words, padding)
    return attach(output, [indices], [weight], gradients)


def _gradient(
    block: Block,
    samples: int,
    owner: NDArray[np.int64],
    words: int,
    padding: int,
    gradient: Tensor,
    saved: Sequence[Tensor],
) -> list[Tensor]:
    selected = block.select(gradient, owner.ravel(), gradient.ndim - 1, samples)
    return [torch.ops.aten.embedding_dense_backward(selected, saved[0], words, padding, False)]
