"""One small network for each layer family and each way of using a layer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from gradsplit import Channels
from tests.exactness.exact_case import Case


def images(channels: int = 3, size: int = 6, samples: int = 6):
    return lambda: torch.randn(samples, channels, size, size)


def vectors(features: int = 5, samples: int = 6):
    return lambda: torch.randn(samples, features)


def sequences(length: int = 4, features: int = 6, samples: int = 6):
    return lambda: torch.randn(samples, length, features)


def words(length: int = 4, vocabulary: int = 9, samples: int = 6):
    return lambda: torch.randint(vocabulary, (samples, length))


def between(below: nn.Module, split: nn.Module, above: nn.Module) -> nn.Sequential:
    """`below` and `above` are not split; the middle, "1", is."""
    return nn.Sequential(below, split, nn.Tanh(), above)


def conv(split: nn.Module, above: nn.Module | None = None):
    return lambda: between(nn.Conv2d(3, 6, 1), split, above or nn.Conv2d(6, 2, 1))


def case(build, batch, modules=("1",), **options) -> Case:
    return Case(build, batch, tuple(modules), **options)


class Sum(nn.Module):
    """A residual sum round modules that are all split."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, value: Tensor) -> Tensor:
        for part in self.parts:
            value = value + part(value)
        return value


class Scale(nn.Module):
    def __init__(self, channels: int, dims: int = 0) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels, *(1,) * dims))

    def forward(self, value: Tensor) -> Tensor:
        return value * self.gamma


class LayerScale(Scale):
    """Found by its name."""


class SelfAttention(nn.Module):
    def __init__(self, **options) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True, **options)

    def forward(self, value: Tensor) -> Tensor:
        kdim, vdim = self.attention.kdim, self.attention.vdim
        return self.attention(value, value[..., :kdim], value[..., :vdim])[0]


class PackedAttention(nn.Module):
    """As timm writes it: one linear layer for q, k and v."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(6, 18)
        self.proj = nn.Linear(6, 6)

    def forward(self, value: Tensor) -> Tensor:
        samples, length, features = value.shape
        q, k, v = self.qkv(value).reshape(samples, length, 3, 2, 3).permute(2, 0, 3, 1, 4).unbind(0)
        attended = F.scaled_dot_product_attention(q, k, v)
        return self.proj(attended.transpose(1, 2).reshape(samples, length, features))


class Functional(nn.Module):
    """A weight used through functions only, transposed and as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(5, 8)

    def forward(self, value: Tensor) -> Tensor:
        weight = self.linear.weight
        return value @ weight.t() + F.linear(value, weight.view(8, 5), self.linear.bias)


class Flattened(nn.Module):
    """Positions flattened into the samples before a matrix product, as GPT-2 does."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 8)

    def forward(self, value: Tensor) -> Tensor:
        flat = value.view(-1, value.shape[-1])
        return torch.addmm(self.linear.bias, flat, self.linear.weight.t()).view(
            *value.shape[:-1], 8
        )


class Gated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 16)

    def forward(self, value: Tensor) -> Tensor:
        left, right = self.linear(value).chunk(2, -1)
        return left * right.sigmoid()


class Positions(nn.Module):
    """Words, a table of positions, and tied output weights."""

    def __init__(self, *, flat_positions: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(9, 8, padding_idx=0)
        self.positions = nn.Embedding(6, 8)
        self.norm = nn.LayerNorm(8, bias=False)
        self.flat = flat_positions

    def forward(self, ids: Tensor) -> Tensor:
        # As many positions as samples: an index of a position must not be taken for a sample.
        positions = torch.arange(ids.shape[1], device=ids.device)
        table = self.positions(positions if self.flat else positions[None])
        return F.linear(self.norm(self.words(ids) + table), self.words.weight)


class Tokens(nn.Module):
    """A class token put before the positions, and a position table that is a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, 6))
        self.pos_embed = nn.Parameter(torch.zeros(1, 5, 6))
        self.linear = nn.Linear(6, 6)

    def forward(self, value: Tensor) -> Tensor:
        token = self.cls_token.expand(value.shape[0], -1, -1)
        return self.linear(torch.cat((token, value), dim=1) + self.pos_embed)


class VisionTransformer(Tokens):
    """Found by its name."""


class Recurrent(nn.Module):
    def __init__(self, kind, **options) -> None:
        super().__init__()
        self.layer = kind(6, 6, batch_first=True, **options)

    def forward(self, value: Tensor) -> Tensor:
        return self.layer(value)[0]


def evaluated(module: nn.Module) -> nn.Module:
    class Frozen(nn.Sequential):
        def train(self, mode: bool = True):
            return super().train(False)

    return Frozen(module).train()


LAYERS: dict[str, Case] = {
    "linear": case(lambda: between(nn.Linear(5, 6), nn.Linear(6, 8), nn.Linear(8, 2)), vectors()),
    "linear-no-bias": case(
        lambda: between(nn.Linear(5, 6), nn.Linear(6, 8, bias=False), nn.Linear(8, 2)), vectors()
    ),
    "linear-on-sequences": case(
        lambda: between(nn.Identity(), nn.Linear(6, 8), nn.Linear(8, 2)), sequences()
    ),
    "linear-on-grids": case(
        lambda: between(nn.Identity(), nn.Linear(6, 8), nn.Linear(8, 2)), images(3, 6)
    ),
    "conv1d": case(
        lambda: between(nn.Conv1d(4, 6, 1), nn.Conv1d(6, 7, 3, stride=2), nn.Conv1d(7, 2, 1)),
        sequences(4, 8),
    ),
    "conv2d-stride-dilation": case(conv(nn.Conv2d(6, 6, 3, 2, 2, 2)), images()),
    "conv2d-same-padding-even": case(conv(nn.Conv2d(6, 6, (2, 4), padding="same")), images()),
    "conv2d-valid-no-bias": case(conv(nn.Conv2d(6, 6, 3, padding="valid", bias=False)), images()),
    "conv2d-circular": case(conv(nn.Conv2d(6, 6, 3, padding=1, padding_mode="circular")), images()),
    "conv2d-grouped": case(conv(nn.Conv2d(6, 9, 3, groups=3), nn.Conv2d(9, 2, 1)), images()),
    "conv2d-depthwise": case(conv(nn.Conv2d(6, 6, 3, groups=6)), images()),
    "conv2d-channels-last": case(
        lambda: conv(nn.Conv2d(6, 6, 3))().to(memory_format=torch.channels_last), images()
    ),
    "conv3d": case(
        lambda: between(nn.Conv3d(2, 4, 1), nn.Conv3d(4, 5, 2), nn.Conv3d(5, 2, 1)),
        lambda: torch.randn(6, 2, 3, 3, 3),
    ),
    "conv-transpose1d": case(
        lambda: between(
            nn.Conv1d(4, 6, 1), nn.ConvTranspose1d(6, 7, 3, stride=2), nn.Conv1d(7, 2, 1)
        ),
        sequences(4, 5),
    ),
    "conv-transpose2d": case(conv(nn.ConvTranspose2d(6, 6, 4, 2, 1, output_padding=1)), images()),
    "conv-transpose2d-grouped": case(
        conv(nn.ConvTranspose2d(6, 9, 3, groups=3), nn.Conv2d(9, 2, 1)), images()
    ),
    "conv-transpose3d": case(
        lambda: between(nn.Conv3d(2, 4, 1), nn.ConvTranspose3d(4, 5, 2), nn.Conv3d(5, 2, 1)),
        lambda: torch.randn(6, 2, 3, 3, 3),
    ),
    "group-norm": case(conv(nn.Sequential(nn.Conv2d(6, 6, 3), nn.GroupNorm(2, 6))), images()),
    "group-norm-first-in-the-network": case(
        lambda: nn.Sequential(nn.GroupNorm(1, 3), nn.Conv2d(3, 2, 1)), images(), ("0",)
    ),
    "layer-norm": case(
        lambda: between(nn.Linear(6, 6), nn.LayerNorm(6), nn.Linear(6, 2)), sequences()
    ),
    "layer-norm-over-channels-and-places": case(conv(nn.LayerNorm([6, 6, 6])), images()),
    "rms-norm": case(lambda: between(nn.Linear(6, 6), nn.RMSNorm(6), nn.Linear(6, 2)), sequences()),
    "instance-norm": case(conv(nn.InstanceNorm2d(6, affine=True)), images()),
    "instance-norm-tracked": case(
        conv(nn.InstanceNorm2d(6, affine=True, track_running_stats=True)), images()
    ),
    "batch-norm-evaluated": case(conv(evaluated(nn.BatchNorm2d(6))), images()),
    "batch-norm-training": case(conv(nn.BatchNorm2d(6)), images(), mixed=False),
    "batch-norm-below": case(
        lambda: between(
            nn.Sequential(nn.Conv2d(3, 6, 1), nn.BatchNorm2d(6)), nn.Conv2d(6, 6, 1), nn.Identity()
        ),
        images(),
    ),
    "prelu": case(conv(nn.PReLU(6)), images()),
    "prelu-on-vectors": case(
        lambda: between(nn.Linear(5, 6), nn.PReLU(6), nn.Linear(6, 2)), vectors()
    ),
    "layer-scale": case(
        lambda: between(nn.Linear(6, 6), LayerScale(6), nn.Linear(6, 2)), sequences()
    ),
    "scale-by-own-rule": case(
        conv(Scale(6, dims=2)),
        images(),
        options={"rules": {Scale: lambda module: {"gamma": Channels(6)}}},
    ),
    "embedding-tied": case(lambda: Positions(flat_positions=False), words(), ("",)),
    "positions-as-many-as-samples": case(
        lambda: Positions(flat_positions=True), words(length=6), ("",)
    ),
    "attention": case(
        lambda: between(nn.Linear(6, 6), SelfAttention(), nn.Linear(6, 2)), sequences()
    ),
    "attention-as-many-positions-as-samples": case(
        lambda: between(nn.Linear(6, 6), SelfAttention(), nn.Linear(6, 2)), sequences(6)
    ),
    "attention-separate-and-extra": case(
        lambda: between(
            nn.Linear(6, 6), SelfAttention(kdim=4, vdim=5, add_bias_kv=True), nn.Linear(6, 2)
        ),
        sequences(),
    ),
    "attention-packed-with-dropout": case(
        lambda: between(nn.Linear(6, 6), SelfAttention(dropout=0.3), nn.Linear(6, 2)), sequences()
    ),
    "attention-of-timm": case(
        lambda: between(nn.Linear(6, 6), PackedAttention(), nn.Linear(6, 2)), sequences()
    ),
    "encoder-layer": case(
        lambda: between(
            nn.Linear(6, 6), nn.TransformerEncoderLayer(6, 2, 8, batch_first=True), nn.Linear(6, 2)
        ),
        sequences(),
    ),
    "tokens-and-table": case(
        lambda: between(nn.Linear(6, 6), VisionTransformer(), nn.Linear(6, 2)), sequences()
    ),
    "weight-norm": case(conv(parametrizations.weight_norm(nn.Conv2d(6, 6, 3))), images()),
    "functional": case(lambda: between(nn.Linear(5, 5), Functional(), nn.Linear(8, 2)), vectors()),
    "flattened": case(lambda: between(nn.Linear(6, 6), Flattened(), nn.Linear(8, 2)), sequences()),
    "gated": case(lambda: between(nn.Linear(6, 6), Gated(), nn.Linear(8, 2)), sequences()),
    "in-place": case(
        conv(nn.Sequential(nn.Conv2d(6, 6, 3), nn.ReLU(inplace=True), nn.GroupNorm(3, 6))),
        images(),
    ),
    **{
        name: case(
            lambda kind=kind, options=options: between(
                nn.Linear(6, 6), Recurrent(kind, **options), nn.Identity()
            ),
            sequences(),
            mixed=False,
        )
        for name, kind, options in (
            ("lstm", nn.LSTM, {"bidirectional": True, "num_layers": 2}),
            ("lstm-projected", nn.LSTM, {"proj_size": 3}),
            ("gru", nn.GRU, {}),
            ("rnn", nn.RNN, {"bias": False}),
        )
    },
    "residual-sums": case(
        conv(Sum(nn.Conv2d(6, 6, 1), nn.GroupNorm(3, 6), nn.Conv2d(6, 6, 3, padding=1))), images()
    ),
}
