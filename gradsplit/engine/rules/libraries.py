"""Layers of timm, torchvision and transformers, by name: none of them is imported."""

from collections.abc import Mapping

from torch import nn

from gradsplit.engine.channels import Channels, register_rule

_TABLES = frozenset(
    [
        "cls_token",
        "class_token",
        "dist_token",
        "mask_token",
        "reg_token",
        "register_tokens",
        "distillation_token",
        "pos_embed",
        "pos_embedding",
        "position_embedding",
        "position_embeddings",
        "positional_embedding",
    ]
)


@register_rule("transformers.pytorch_utils.Conv1D")
def transposed_linear(module: nn.Module) -> Mapping[str, Channels]:
    """GPT-2's linear layer: weight [in, out], out = 3 in where queries, keys and values are one."""
    inputs, outputs = module.weight.shape  # type: ignore[union-attr,misc]
    repeat = 3 if outputs == 3 * inputs else 1
    count = int(outputs) // repeat
    return {"weight": Channels(count, dim=1, repeat=repeat), "bias": Channels(count, repeat=repeat)}


# What the blocks of vision networks call a factor a channel on a residual branch.
_SCALES = ("gamma", "gamma_1", "gamma_2", "gamma1", "gamma2", "gamma3", "lambda_1", "lambda_2")


@register_rule(
    "timm.models.*Block*", "transformers.models.*Beit*Layer", "transformers.*VisionLayer"
)
def layer_scales(module: nn.Module) -> Mapping[str, Channels]:
    """Factors that a block holds itself, a channel each."""
    return {name: channels for name, channels in scale(module).items() if name in _SCALES}


@register_rule(
    "*GRN", "*GlobalResponseNorm*", "*RMSNorm", "*LayerScale", "*LayerNorm", "*CNBlock",
    "*ConvNext*Layer", "*ConvNeXtBlock",
)  # fmt: skip
def scale(module: nn.Module) -> Mapping[str, Channels]:
    """A factor or shift a channel, in whichever dimension is not 1."""
    return {
        name: Channels(parameter.numel(), dim=_long(parameter.shape))
        for name, parameter in module._parameters.items()
        if parameter is not None and parameter.numel() == max(parameter.shape, default=0)
    }


@register_rule("*Embeddings", "*VisionTransformer", "torchvision.*Encoder")
def tables(module: nn.Module) -> Mapping[str, Channels]:
    """Tokens and position tables [..., features] of vision transformers."""
    return {
        name: Channels(parameter.shape[-1], dim=-1)
        for name, parameter in module._parameters.items()
        if parameter is not None and name in _TABLES
    }


def _long(shape: tuple[int, ...]) -> int:
    return max(range(len(shape)), key=lambda dim: shape[dim])
