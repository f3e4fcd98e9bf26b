"""Attention: the owners repeat over queries, keys and values."""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from torch import nn
from torch.nn import functional as F

from gradsplit.engine.channels import Channels, register_rule
from gradsplit.engine.layer_functions import register_function
from gradsplit.engine.mixed_batch import MixedBatch
from gradsplit.engine.rules.elementwise import for_samples
from gradsplit.errors import NotExactError

# Names that libraries give to a linear layer that makes queries, keys and values in this order.
_PACKED = ("qkv", "Wqkv", "c_attn", "in_proj")


@register_rule(nn.MultiheadAttention)
def attention(module: nn.Module) -> Mapping[str, Channels]:
    """Packed projections [3 E, E], separate ones [E, ...], and the extra key and value."""
    count = int(module.embed_dim)  # type: ignore[arg-type]
    packed = dict.fromkeys(("in_proj_weight", "in_proj_bias"), Channels(count, repeat=3))
    separate = dict.fromkeys(("q_proj_weight", "k_proj_weight", "v_proj_weight"), Channels(count))
    extra = dict.fromkeys(("bias_k", "bias_v"), Channels(count, dim=2))
    return {**packed, **separate, **extra}


@register_rule("*Attention")
def packed_attention(module: nn.Module) -> Mapping[str, Channels]:
    """Attention of other libraries with one linear layer for queries, keys and values."""
    packed = {}
    for name in _PACKED:
        layer = getattr(module, name, None)
        if isinstance(layer, nn.Linear) and layer.out_features == 3 * layer.in_features:
            channels = Channels(layer.in_features, repeat=3)
            packed |= {f"{name}.weight": channels, f"{name}.bias": channels}
    return packed


@register_function(
    [F.scaled_dot_product_attention],
    "query key value attn_mask dropout_p is_causal scale enable_gqa",
    versions="copied",
)
def mixed_scaled_product(batch: MixedBatch, func: Callable[..., Any], call: dict[str, Any]) -> Any:
    """Attention with a table of positions in place of a mask, or with learned queries."""
    names = ("query", "key", "value", "attn_mask")
    ndim = max(call[name].ndim for name in names[:3])
    return func(**{
        name: for_samples(batch, func, value, ndim) if name in names else value
        for name, value in call.items()
    })  # fmt: skip


# The function's own code, told that no mode is active, so that the functions it calls are seen.
_BODY = FunctionType(
    F.multi_head_attention_forward.__code__,
    {**vars(F), "has_torch_function": lambda tensors: False},  # noqa: ARG005
    "multi_head_attention_forward",
    F.multi_head_attention_forward.__defaults__,
)


@register_function(
    [F.multi_head_attention_forward],
    "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v "
    "add_zero_attn dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights "
    "attn_mask use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight static_k "
    "static_v average_attn_weights is_causal",
)
def mixed_attention(
    batch: MixedBatch,
    func: Callable[..., Any],  # noqa: ARG001
    call: dict[str, Any],
) -> Any:
    """Attention in a mixed batch: samples are in the second dimension of its inputs."""
    query = call["query"]
    if query.ndim != 3 or query.shape[1] != batch.tasks.size:
        raise NotExactError(
            f"An attention layer would let samples attend to each other: its input has shape "
            f"{tuple(query.shape)} (positions, samples, features) for {batch.tasks.size} samples. "
            "Set batch_first=True if samples come first, or use split.task(...)."
        )
    if query.shape[0] == query.shape[1] > 1 and query.is_contiguous():
        # Samples that come first arrive here as a transposed view.
        raise NotExactError(
            f"An attention layer without batch_first=True meets as many positions as samples "
            f"({query.shape[0]}): it cannot be told which is which. Set batch_first=True, use "
            "another batch size, or use split.task(...)."
        )
    return batch.in_layout(_BODY, 1, **call)
