"""Networks of timm: its own small ones, and others made small."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from torch import nn

from tests.exactness.third_party.network import Network


def _named(name: str, *last: str, size: int = 32, **options: Any) -> Network:
    """A network by its name in timm."""

    def make() -> nn.Module:
        import timm

        return timm.create_model(name, pretrained=False, num_classes=0, **options)

    return Network(make, last, (3, size, size))


def _of(make: Callable[[Any], nn.Module], module: str, *last: str, size: int = 32) -> Network:
    """A network made by classes of a module of timm.models."""
    return Network(lambda: make(import_module(f"timm.models.{module}")), last, (3, size, size))


VIT = {"img_size": 32, "patch_size": 16, "embed_dim": 24, "depth": 2, "num_heads": 3}
SWIN = {
    "img_size": 32, "patch_size": 2, "window_size": 4, "embed_dim": 12, "depths": (2, 2),
    "num_heads": (3, 3),
}  # fmt: skip
TWINS = {
    "img_size": 32, "embed_dims": (8, 16), "num_heads": (1, 2), "mlp_ratios": (2, 2),
    "depths": (1, 1), "sr_ratios": (2, 1),
}  # fmt: skip
PVT = {
    "embed_dims": (8, 16), "num_heads": (1, 2), "mlp_ratios": (2, 2), "depths": (1, 1),
    "sr_ratios": (2, 1),
}  # fmt: skip
ONES = (1, 1, 1, 1)
NARROW = {"layers": ONES, "channels": (8, 12, 16, 24)}
CONVNEXT = {"depths": ONES, "dims": (6, 8, 8, 12)}
MIXER = {
    "num_classes": 0, "img_size": 32, "patch_size": 8, "num_blocks": 2, "embed_dim": 16,
    "mlp_ratio": (0.5, 2.0),
}  # fmt: skip
FOUR = {"depths": ONES, "embed_dims": (8, 8, 16, 16)}
VOLO = {
    "num_classes": 0, "img_size": 64, "layers": ONES, "embed_dims": (12, 24, 24, 24),
    "num_heads": (2, 2, 2, 2), "mlp_ratio": 2, "downsamples": (True, False, False, False),
    "use_aux_head": False,
}  # fmt: skip
TINY = {"num_heads": (1, 2, 2, 2), "window_sizes": (4, 4, 4, 2)}


def _blocks(kind: str) -> Callable[[Any], nn.Module]:
    def make(byobnet: Any) -> nn.Module:
        blocks = tuple(byobnet.ByoBlockCfg(type=kind, d=1, c=c, s=2, gs=0) for c in (12, 16))
        return byobnet.ByobNet(byobnet.ByoModelCfg(blocks, stem_type=kind, stem_chs=8), 0)

    return make


def _gated(mlp_mixer: Any) -> nn.Module:
    gated = import_module("timm.layers").GatedMlp
    block = mlp_mixer.SpatialGatingBlock
    return mlp_mixer.MlpMixer(**(MIXER | {"mlp_ratio": 2}), block_layer=block, mlp_layer=gated)


def _affine(mlp_mixer: Any) -> nn.Module:
    return mlp_mixer.MlpMixer(
        **(MIXER | {"mlp_ratio": 2}), block_layer=mlp_mixer.ResBlock, norm_layer=mlp_mixer.Affine
    )


def _pooling(metaformer: Any) -> nn.Module:
    return metaformer.MetaFormer(
        num_classes=0, depths=ONES, dims=(6, 8, 10, 12), token_mixers=metaformer.Pooling
    )


def _attending(metaformer: Any) -> nn.Module:
    mixers = [metaformer.SepConv] * 2 + [metaformer.Attention] * 2
    norms = [metaformer.LayerNorm2dNoBias] * 2 + [metaformer.LayerNormNoBias] * 2
    return metaformer.MetaFormer(
        num_classes=0, depths=ONES, dims=(8, 8, 32, 32), token_mixers=mixers, norm_layers=norms
    )


def _sequencer(sequencer: Any) -> nn.Module:
    return sequencer.Sequencer2d(
        num_classes=0, layers=ONES, patch_sizes=(7, 2, 2, 1), embed_dims=(8, 16, 16, 16),
        hidden_sizes=(4, 8, 8, 8),
    )  # fmt: skip


NETWORKS = {
    "test_byobnet": _named("test_byobnet", "stages.3"),
    "test_efficientnet": _named("test_efficientnet", "blocks.3", "conv_head"),
    "test_efficientnet_gn": _named("test_efficientnet_gn", "blocks.3", "conv_head"),
    "test_efficientnet_ln": _named("test_efficientnet_ln", "blocks.3", "conv_head"),
    "test_efficientnet_evos": _named("test_efficientnet_evos", "blocks.3", "conv_head"),
    "test_nfnet": _named("test_nfnet", "stages.3"),
    "test_mambaout": _named("test_mambaout", "stages.3"),
    "test_vit": _named("test_vit", "blocks.5", "norm", img_size=32),
    "test_vit2": _named("test_vit2", "blocks.7", "fc_norm", img_size=32),
    "test_vit3": _named("test_vit3", "blocks.8", "norm", img_size=32),
    "test_vit4": _named("test_vit4", "blocks.8", "fc_norm", img_size=32),
    "test_coatnet": _named("test_coatnet", "stages.3", img_size=32),
    "resnet18": _named("resnet18", "layer4", **NARROW),
    "resnet50_gn": _named("resnet50_gn", "layer4", **(NARROW | {"channels": (32,) * 4})),
    "seresnet18": _named("seresnet18", "layer4", **(NARROW | {"channels": (64,) * 4})),
    "ecaresnet26t": _named("ecaresnet26t", "layer4", **NARROW),
    "skresnet18": _named("skresnet18", "layer4", **(NARROW | {"channels": (16,) * 4})),
    "resnest14d": _named("resnest14d", "layer4", **(NARROW | {"channels": (16,) * 4})),
    "res2net50_26w_4s": _named("res2net50_26w_4s", "layer4", **NARROW, base_width=16),
    "resnetv2_50": _named(
        "resnetv2_50", "stages.1", "norm", layers=(1, 1), channels=(16, 32), stem_chs=8
    ),
    "nf_resnet26": _of(
        lambda nfnet: nfnet.NormFreeNet(nfnet.NfCfg(ONES, (8, 8, 16, 16)), 0), "nfnet", "stages.3"
    ),
    "densenet": _named(
        "densenet121", "features.denseblock4", "features.norm5", growth_rate=4, block_config=ONES
    ),
    "dla34": _named("dla34", "level5", channels=(8, 8, 8, 16, 16, 16)),
    "vgg_bn": _of(
        lambda vgg: vgg.VGG([8, "M", 12, "M", 16, "M"], 0, norm_layer=nn.BatchNorm2d).features,
        "vgg",
        "8",
        "9",
    ),
    "repvgg": _of(_blocks("rep"), "byobnet", "stages.1"),
    "mobileone": _of(_blocks("one"), "byobnet", "stages.1"),
    "mobilenetv3_small_050": _named("mobilenetv3_small_050", "blocks.5", "conv_head"),
    "lcnet_035": _named("lcnet_035", "blocks.5", "conv_head"),
    "mnasnet_small": _named("mnasnet_small", "blocks.6", "conv_head"),
    "rexnet": _named("rexnet_100", "features.15", width_mult=0.3),
    "ghostnet_050": _named("ghostnet_050", "blocks.9", "conv_head"),
    "convnext": _named("convnext_tiny", "stages.3", **CONVNEXT),
    "convnextv2": _named("convnextv2_tiny", "stages.3", **CONVNEXT),
    "inception_next": _named("inception_next_tiny", "stages.3", depths=ONES, dims=(16, 16, 24, 24)),
    "edgenext": _named(
        "edgenext_xx_small", "stages.3", depths=(1, 1, 2, 2), dims=(8, 16, 16, 16), heads=(4,) * 4
    ),
    "starnet": _named("starnet_s1", "stages.3", base_dim=4, depths=ONES),
    "convmixer": _of(lambda c: c.ConvMixer(12, 2, num_classes=0), "convmixer", "blocks.1"),
    "poolformer": _of(_pooling, "metaformer", "stages.3"),
    "caformer": _of(_attending, "metaformer", "stages.3"),
    "fastvit": _named("fastvit_t8", "stages.3", size=64, embed_dims=(8, 8, 16, 16), layers=ONES),
    "focalnet": _of(
        lambda f: f.FocalNet(num_classes=0, embed_dim=8, depths=ONES), "focalnet", "layers.3"
    ),
    "mixer": _of(lambda m: m.MlpMixer(**MIXER), "mlp_mixer", "blocks.1", "norm"),
    "vit": _named("vit_tiny_patch16_224", "blocks.1", "norm", **VIT),
    "deit3": _named("deit3_small_patch16_224", "blocks.1", "norm", **VIT),
    "beitv2": _named("beitv2_base_patch16_224", "blocks.1", **VIT),
    "dinov3": _named("vit_small_patch16_dinov3", "blocks.1", **VIT),
    "xcit": _named("xcit_nano_12_p16_224", "blocks.1", "norm", **VIT),
    "levit": _named(
        "levit_128s",
        "stages.2",
        size=64,
        img_size=64,
        embed_dim=(16, 16, 32),
        key_dim=8,
        num_heads=(3, 3, 3),
        depth=(1, 1, 1),
    ),
    "swinv2": _named("swinv2_tiny_window8_256", "layers.1", "norm", **SWIN),
    "twins_svt": _named("twins_svt_small", "blocks.1", "norm", **TWINS, wss=(4, 4)),
    "tiny_vit": _named("tiny_vit_5m_224", "stages.3", size=64, **FOUR, **TINY),
}
