"""Networks of torchvision."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from torch import nn

from tests.exactness.third_party.network import Network


def _find(path: str) -> Any:
    """What torchvision.models has at `module:name`."""
    module, name = path.split(":")
    return getattr(import_module(f"torchvision.models.{module}"), name)


def _network(path: str, *last: str, size: int = 32, classes: int = 5, **options: Any) -> Network:
    def make() -> nn.Module:
        return _find(path)(num_classes=classes, **options)

    return Network(make, last, (3, size, size))


def _resnet(block: str, **options: Any) -> Network:
    def make() -> nn.Module:
        network = _find("resnet:ResNet")(_find(f"resnet:{block}"), [1, 1, 1, 1], **options)
        # Up to layer2: the widths of its stages are fixed, and those of the last two are large.
        return nn.Sequential(*list(network.children())[:6])

    return Network(make, ("5",))


def _vgg(*last: str, batch_norm: bool) -> Network:
    def make() -> nn.Module:
        return _find("vgg:make_layers")([8, "M", 12, "M", 16], batch_norm=batch_norm)

    return Network(make, last)


def _convnext() -> nn.Module:
    block = _find("convnext:CNBlockConfig")
    return _find("convnext:ConvNeXt")([block(6, 8, 1), block(8, None, 1)], num_classes=5)


def _regnet() -> nn.Module:
    blocks = _find("regnet:BlockParams").from_init_params(
        depth=3, w_0=24, w_a=16, w_m=2, group_width=8, se_ratio=0.25
    )
    return _find("regnet:RegNet")(blocks, num_classes=5)


def _swin(block: str, merging: str) -> Network:
    def make() -> nn.Module:
        return _find("swin_transformer:SwinTransformer")(
            [2, 2], 12, [2, 2], [3, 3], [4, 4], num_classes=5,
            block=_find(f"swin_transformer:{block}"),
            downsample_layer=_find(f"swin_transformer:{merging}"),
        )  # fmt: skip

    return Network(make, ("features.3", "norm"))


def _video(make: Callable[[], nn.Module], *last: str, size: int = 16) -> Network:
    return Network(make, last, (3, 4, size, size))


def _mvit() -> nn.Module:
    block = partial(_find("video.mvit:MSBlockConfig"), kernel_q=[3, 3, 3], kernel_kv=[3, 3, 3])
    blocks = [
        block(1, 8, 16, stride_q=[1, 1, 1], stride_kv=[1, 2, 2]),
        block(2, 16, 16, stride_q=[1, 2, 2], stride_kv=[1, 1, 1]),
    ]
    return _find("video.mvit:MViT")(
        (16, 16), 4, blocks, residual_pool=True, residual_with_cls_embed=False,
        rel_pos_embed=True, proj_after_attn=True, num_classes=5,
    )  # fmt: skip


def _swin3d() -> nn.Module:
    return _find("video.swin_transformer:SwinTransformer3d")(
        [2, 4, 4], 12, [2, 2], [3, 3], [2, 2, 2], num_classes=5
    )


class RetinaHead(nn.Module):
    """RetinaNet's two heads on one map."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _find("detection.retinanet:RetinaNetHead")(16, 3, 5)

    def forward(self, features: Any) -> Any:
        return self.head([features])


class FeaturePyramid(nn.Module):
    """Three maps and the pyramid over them."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.ModuleList([nn.Conv2d(8, 12, 3, 2, 1), nn.Conv2d(12, 16, 3, 2, 1)])
        network = import_module("torchvision.ops").FeaturePyramidNetwork
        self.pyramid = network([8, 12, 16], 8, norm_layer=nn.BatchNorm2d)

    def forward(self, value: Any) -> Any:
        middle = self.maps[0](value).relu()
        maps = {"0": value, "1": middle, "2": self.maps[1](middle)}
        return list(self.pyramid(maps).values())


MAXVIT = {
    "input_size": (32, 32), "stem_channels": 8, "partition_size": 2, "block_channels": [16, 16],
    "block_layers": [1, 1], "head_dim": 4, "stochastic_depth_prob": 0.0,
}  # fmt: skip
VIT = {
    "image_size": 32, "patch_size": 16, "num_layers": 2, "num_heads": 2, "hidden_dim": 12,
    "mlp_dim": 24,
}  # fmt: skip
DENSENET = {"growth_rate": 4, "block_config": (2, 2), "num_init_features": 8}

NETWORKS = {
    "resnet": _resnet("BasicBlock"),
    "resnext": _resnet("Bottleneck", groups=2, width_per_group=8),
    "vgg": _vgg("6", batch_norm=False),
    "vgg_bn": _vgg("8", "9", batch_norm=True),
    "squeezenet1_1": _network("squeezenet:squeezenet1_1", "features.12", "classifier.1", size=48),
    "densenet": _network("densenet:DenseNet", "features.denseblock2", "features.norm5", **DENSENET),
    "shufflenet_v2_x0_5": _network("shufflenetv2:shufflenet_v2_x0_5", "stage4", "conv5"),
    "mobilenet_v2": _network("mobilenetv2:MobileNetV2", "features.17", width_mult=0.25),
    "mobilenet_v3_small": _network(
        "mobilenetv3:mobilenet_v3_small", "features.11", "features.12", reduced_tail=True
    ),
    "mnasnet": _network("mnasnet:MNASNet", "layers.13", "layers.14", "layers.15", alpha=0.25),
    "regnet_y": Network(_regnet, ("trunk_output.block2",)),
    "convnext": Network(_convnext, ("features.3",)),
    "vit": _network(
        "vision_transformer:VisionTransformer",
        "encoder.layers.encoder_layer_1",
        "encoder.ln",
        **VIT,
    ),
    "swin": _swin("SwinTransformerBlock", "PatchMerging"),
    "swin_v2": _swin("SwinTransformerBlockV2", "PatchMergingV2"),
    "maxvit": _network("maxvit:MaxVit", "blocks.1", **MAXVIT),
    "inception block": Network(
        lambda: _find("googlenet:Inception")(8, 4, 4, 6, 4, 6, 4), ("branch4",), (8, 8, 8)
    ),
    "fcn head": Network(lambda: _find("segmentation.fcn:FCNHead")(16, 5), ("4",), (16, 8, 8)),
}
