"""Layers of timm, torchvision and transformers, by name: none of them is imported."""

from collections.abc import Mapping

from torch import nn

from gradsplit.engine.channels import Channels, register_names, register_rule


@register_rule("transformers.pytorch_utils.Conv1D")
def transposed_linear(module: nn.Module) -> Mapping[str, Channels]:
    """GPT-2's linear layer: weight [in, out], out = 3 in where queries, keys and values are one."""
    inputs, outputs = module.weight.shape  # type: ignore[union-attr,misc]
    repeat = 3 if outputs == 3 * inputs else 1
    count = int(outputs) // repeat
    return {"weight": Channels(count, dim=1, repeat=repeat), "bias": Channels(count, repeat=repeat)}


@register_rule(
    "*GRN", "*GlobalResponseNorm*", "*RMSNorm", "*RMSNormGated", "timm.*RmsNorm*", "*LayerScale",
    "*LayerNorm", "*CNBlock", "*ConvNext*Layer", "*ConvNeXtBlock",
)  # fmt: skip
def scale(module: nn.Module) -> Mapping[str, Channels]:
    """A factor or shift a channel, in whichever dimension is not 1."""
    return {
        name: Channels(parameter.numel(), dim=_long(parameter.shape))
        for name, parameter in module._parameters.items()
        if parameter is not None and parameter.numel() == max(parameter.shape, default=0)
    }


def _long(shape: tuple[int, ...]) -> int:
    return max(range(len(shape)), key=lambda dim: shape[dim])


_LIBRARIES = ("timm.*", "torchvision.*", "transformers.*")
_VISION = (*_LIBRARIES, "*Embeddings", "*VisionTransformer")

# Tokens and tables of positions [..., features].
register_names(
    _VISION,
    "cls_token* class_token dist_token mask_token reg_token register_tokens distillation_token "
    "detection_tokens query_tokens group_token class_embedding mask_emb masked_spec_embed "
    "pos_embed* pos_embedding position_embedding* positional_embedding mid_position_embeddings "
    "time_embeddings level_embed no_memory_embedding latents probe patch_pos",
    -1,
)
register_names(
    ("timm.*HieraDet", "timm.*Visformer", "timm.*TNT", "transformers.*HieraDet*"),
    "pos_embed pos_embed? pos_embed_window pixel_pos",
    1,
)
register_names(("timm.*TNT",), "patch_pos", -1)
# A factor or shift a channel.
register_names(
    _LIBRARIES,
    "gamma gamma? gamma_* lambda_? ls? layer_scale* q_bias v_bias alpha beta gain scale",
    None,
)
register_names(("timm.*EfficientViMBlock",), "alpha", -1)
register_names(("transformers.*Mamba*Mixer",), "A_log D dt_bias", 0)
# A temperature or a table of positions of each head: what a head looks at is the head's.
register_names(_LIBRARIES, "temperature logit_scale attention_biases gating_param", 0)
register_names(_LIBRARIES, "relative_position_bias_table", -1)
register_names(("timm.*RelPosBiasTf",), "relative_position_bias_table", 0)
