"""Whole networks: shapes that people train, and nasty ones."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations
from torch.utils.checkpoint import checkpoint

from tests.exactness.exact_case import Case
from tests.exactness.exact_layers import images, sequences, vectors, words


def norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(2, channels)


class Basic(nn.Module):
    """ResNet-18's block."""

    def __init__(self, below: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(below, channels, 3, stride, 1), norm(channels)
        self.conv2, self.norm2 = nn.Conv2d(channels, channels, 3, 1, 1), norm(channels)
        self.down = None
        if stride > 1 or below != channels:
            self.down = nn.Sequential(nn.Conv2d(below, channels, 1, stride), norm(channels))

    def forward(self, value: Tensor) -> Tensor:
        hidden = F.relu_(self.norm1(self.conv1(value)))
        hidden = self.norm2(self.conv2(hidden))
        return F.relu_(hidden + (value if self.down is None else self.down(value)))


class Bottleneck(nn.Module):
    """ResNet-50's block."""

    def __init__(self, below: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(below, width, 1, bias=False), norm(width)
        self.conv2, self.norm2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), norm(width)
        self.conv3, self.norm3 = nn.Conv2d(width, 4 * width, 1, bias=False), norm(4 * width)
        self.down = nn.Sequential(nn.Conv2d(below, 4 * width, 1, stride), norm(4 * width))

    def forward(self, value: Tensor) -> Tensor:
        hidden = self.norm1(self.conv1(value)).relu()
        hidden = self.norm2(self.conv2(hidden)).relu()
        return (self.norm3(self.conv3(hidden)) + self.down(value)).relu()


class Heads(nn.Module):
    """Any trunk with heads of several kinds on its feature map."""

    def __init__(self, trunk: nn.Module, channels: int, heads: int = 3) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = nn.ModuleList(nn.Conv2d(channels, 2, 1) for _ in range(heads))

    def forward(self, value: Tensor) -> list[Tensor]:
        features = self.trunk(value)
        return [head(features) for head in self.heads]


def resnet(*blocks: nn.Module) -> nn.Sequential:
    stem = nn.Sequential(nn.Conv2d(3, 6, 3, 1, 1), norm(6), nn.ReLU(inplace=True))
    return nn.Sequential(stem, *blocks)


class UNet(nn.Module):
    """Skips from every level: edges at the cut lie below one another."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2 = nn.Conv2d(3, 4, 3, 1, 1), nn.Conv2d(4, 6, 3, 2, 1)
        self.bottom = nn.Conv2d(6, 6, 3, 2, 1)
        self.up2, self.up1 = nn.ConvTranspose2d(6, 6, 2, 2), nn.ConvTranspose2d(12, 4, 2, 2)
        self.out = nn.Conv2d(8, 3, 1)

    def forward(self, value: Tensor) -> Tensor:
        first = self.down1(value).relu()
        second = self.down2(first).relu()
        up = torch.cat((self.up2(self.bottom(second).relu()), second), 1)
        return self.out(torch.cat((self.up1(up), first), 1).tanh())


class Twice(nn.Module):
    """A block applied twice, and once more through another name."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 1)
        self.block = Basic(6, 6)
        self.again = self.block.conv1

    def forward(self, value: Tensor) -> Tensor:
        return self.again(self.block(self.block(self.stem(value))))


class Tied(nn.Module):
    """Two layers with one weight, on parallel branches and one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = (nn.Linear(6, 6) for _ in range(3))
        self.second.weight = self.first.weight
        self.third.weight = self.first.weight
        self.head = nn.Linear(6, 2)

    def forward(self, value: Tensor) -> Tensor:
        return self.head(self.third(self.first(value).tanh() + self.second(value)))


class Transposed(nn.Module):
    """Uses its weight transposed."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.head = nn.Linear(6, 8), nn.Linear(8, 2)

    def forward(self, value: Tensor) -> Tensor:
        return self.head((value @ self.linear.weight.t() + self.linear.bias).tanh())


class TiedOutside(nn.Module):
    """A weight used inside the split modules and in a head above them."""

    def __init__(self) -> None:
        super().__init__()
        self.below, self.split, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 6)
        self.head.weight = self.split.weight
        self.below.bias = self.head.bias

    def forward(self, value: Tensor) -> Tensor:
        return self.head(self.split(self.below(value).tanh()).tanh())


class Branches(nn.Module):
    """Parallel branches of which one is unused, and a value used before and after."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 1)
        self.one, self.two = nn.Conv2d(6, 5, 1), nn.Conv2d(6, 7, 3, 1, 1)
        self.unused = nn.Conv2d(6, 6, 1)
        self.join = nn.Conv2d(12, 6, 1)

    def forward(self, value: Tensor) -> dict[str, Tensor]:
        value = self.stem(value)
        joined = torch.cat((self.one(value), self.two(value).relu()), 1)
        return {"early": value.mean((2, 3)), "late": self.join(joined) * value}


class SharedNeck(nn.Module):
    """A neck above the split that all tasks share, reused, before heads of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.split = Basic(3, 6)
        self.neck = nn.Sequential(nn.Conv2d(6, 6, 1), nn.GroupNorm(3, 6), nn.ReLU())
        self.heads = nn.ModuleList(nn.Conv2d(6, 2, 1) for _ in range(3))

    def forward(self, value: Tensor) -> list[Tensor]:
        features = self.neck(self.neck(self.split(value)))
        return [head(features) for head in self.heads]


class Excited(nn.Module):
    """Squeeze and excitation with a dropped path."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze, self.excite = nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, value: Tensor) -> Tensor:
        value = self.conv(value)
        weight = self.excite(self.squeeze(value.mean((2, 3), keepdim=True)).relu()).sigmoid()
        keep = torch.bernoulli(value.new_full((len(value), 1, 1, 1), 0.7))
        return self.head(F.dropout(value, 0.3) + value * weight * keep)


class Temporal(nn.Module):
    """A temporal convolution net: causal, dilated, weight norm, residual."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv1d(4, 6, 1)
        self.convs = nn.ModuleList(
            parametrizations.weight_norm(nn.Conv1d(6, 6, 2, dilation=2**level))
            for level in range(3)
        )

    def forward(self, value: Tensor) -> Tensor:
        value = self.stem(value)
        for level, conv in enumerate(self.convs):
            value = value + conv(F.pad(value, (2**level, 0))).relu()
        return value[..., -1]


class Language(nn.Module):
    """A small causal language model with tied words."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(9, 8), nn.Embedding(5, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False)

    def forward(self, ids: Tensor) -> Tensor:
        length = ids.shape[1]
        value = self.words(ids) + self.places(torch.arange(length, device=ids.device))
        causal = value.new_full((length, length), float("-inf")).triu(1)
        return F.linear(self.layers(value, mask=causal), self.words.weight)


class Checkpointed(nn.Module):
    """Gradient checkpointing of the split block, for regimes that do not look at the forward."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.block, self.head = nn.Conv2d(3, 6, 1), Basic(6, 6), nn.Conv2d(6, 2, 1)

    def forward(self, value: Tensor) -> Tensor:
        value = self.stem(value)
        return self.head(checkpoint(self.block, value, use_reentrant=False))


class OwnFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value, weight):
        ctx.save_for_backward(value, weight)
        return value * weight.view(1, -1, 1, 1)

    @staticmethod
    def backward(ctx, gradient):
        value, weight = ctx.saved_tensors
        return gradient * weight.view(1, -1, 1, 1), (gradient * value).sum((0, 2, 3))


class OwnLayer(nn.PReLU):
    """A layer whose backward is a Python function."""

    def forward(self, value: Tensor) -> Tensor:
        return OwnFunction.apply(value, self.weight)


def frozen(model: nn.Module, *names: str) -> nn.Module:
    for name in names:
        model.get_submodule(name).requires_grad_(False)
    return model


def mlp(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(5, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 3)
    )


def _case(build, batch, *modules, **options) -> Case:
    return Case(build, batch, modules, **options)


NETWORKS: dict[str, Case] = {
    "resnet18-shaped": _case(
        lambda: Heads(resnet(Basic(6, 8, 2), Basic(8, 8), Basic(8, 12, 2), Basic(12, 12)), 12),
        images(size=8), "trunk.3", "trunk.4",
    ),
    "resnet50-shaped": _case(
        lambda: Heads(resnet(Bottleneck(6, 4), Bottleneck(16, 6, 2), Bottleneck(24, 6)), 24),
        images(size=8), "trunk.2", "trunk.3",
    ),
    "resnet-whole": _case(lambda: Heads(resnet(Basic(6, 8, 2)), 8), images(), "trunk"),
    "resnet-one-layer": _case(
        lambda: Heads(resnet(Basic(6, 8), Basic(8, 8)), 8), images(), "trunk.1.conv2"
    ),
    "resnet-frozen-stem": _case(
        lambda: frozen(Heads(resnet(Basic(6, 8), Basic(8, 8)), 8), "trunk.0"),
        images(), "trunk.1", "trunk.2",
    ),
    "resnet-frozen-inside": _case(
        lambda: frozen(Heads(resnet(Basic(6, 8), Basic(8, 8)), 8), "trunk.2.conv1"),
        images(), "trunk.2",
    ),
    "resnet-channels-last": _case(
        lambda: Heads(resnet(Basic(6, 8), Basic(8, 8)), 8).to(memory_format=torch.channels_last),
        images(), "trunk.2",
    ),
    "unet-decoder": _case(UNet, images(size=8), "bottom", "up2", "up1"),
    "unet-bottom": _case(UNet, images(size=8), "bottom"),
    "unet-top-and-bottom": _case(UNet, images(size=8), "down1", "up1", "out"),
    "block-twice": _case(Twice, images(), "block"),
    "tied-layers": _case(Tied, vectors(6), "first", "second", "third"),
    "tied-with-a-head": _case(TiedOutside, vectors(6), "split"),
    "branches-and-an-unused-layer": _case(Branches, images(), "one", "two", "unused"),
    "shared-neck": _case(SharedNeck, images(), "split"),
    "excitation-and-dropped-path": _case(Excited, images(), "conv", "squeeze", "excite"),
    "temporal-convolutions": _case(Temporal, sequences(4, 9), "convs.1", "convs.2"),
    "language-model": _case(Language, words(5), "layers.layers.1"),
    "language-model-whole": _case(Language, words(5), ""),
    "encoder-decoder": _case(
        lambda: Translation(), sequences(4, 6), "transformer.decoder"
    ),
    "checkpointed": _case(Checkpointed, images(), "block", mixed=False),
    "own-backward": _case(
        lambda: nn.Sequential(nn.Conv2d(3, 6, 1), OwnLayer(6), nn.Conv2d(6, 2, 1)), images(), "1",
        mixed=False,
    ),
    "loss-from-below-too": _case(
        lambda: Branches(), images(), "join"
    ),
    "one-task": _case(lambda: mlp(8), vectors(), "2", tasks=1),
    "two-tasks": _case(lambda: mlp(8), vectors(), "2", tasks=2),
    "seven-tasks": _case(lambda: mlp(16), vectors(samples=14), "2", tasks=7),
    "sixteen-tasks": _case(lambda: mlp(20), vectors(samples=32), "2", tasks=16),
    "fewer-samples-than-tasks": _case(lambda: mlp(8), vectors(samples=2), "2", tasks=4),
    "one-sample": _case(lambda: mlp(8), vectors(samples=1), "0", "2", tasks=4),
    "own-shares": _case(
        lambda: mlp(8), vectors(), "2", options={"shares": {"t1": 0.6}}
    ),
    "own-lists": _case(
        lambda: mlp(8), vectors(), "2",
        options={"owners": {8: {"t0": [0, 5], "t1": [1, 2, 3], "t2": [4, 6, 7]}}},
    ),
    "one-owner-of-all-channels": _case(
        Transposed, vectors(6), "linear",
        options={"owners": {8: {"t0": [], "t1": range(8), "t2": []}}},
    ),
    "some-left-to-all": _case(
        lambda: nn.Sequential(mlp(8), nn.Linear(3, 2)), vectors(), "0", "1",
        options={"unsupported": "share"},
    ),
}  # fmt: skip


class Translation(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transformer = nn.Transformer(6, 2, 1, 1, 8, 0.0, batch_first=True)

    def forward(self, value: Tensor) -> Tensor:
        return self.transformer(value, value[:, :2])
