"""Trunks with things between their stages that a list of children does not tell."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit.tasksets.parts.trunks import SmallResNet
from gradsplit.training.seeding import generator
from tests.gradsplit.toy_tasks import Toy


class LikeTorchvision(nn.Module):
    """A ResNet as torchvision writes it: a stem in pieces, and a flattening by a function."""

    def __init__(self) -> None:
        super().__init__()
        small = SmallResNet(widths=(4, 4, 8, 8))
        self.conv1 = nn.Conv2d(3, 4, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1, self.layer2 = small.layer1, small.layer2
        self.layer3, self.layer4 = small.layer3, small.layer4
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Tokens(nn.Module):
    """A small vision transformer: class token, list of layers, a question about the dtype."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Linear(2, 2)
        self.embed = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(3)
        )
        self.norm = nn.LayerNorm(8)

    def forward(self, images: Tensor, mask: Tensor | None = None) -> Tensor:
        if images.dtype != self.token.dtype:
            raise TypeError(images.dtype)
        patches = self.embed(images).flatten(2).transpose(1, 2)
        features = torch.cat([self.token.expand(images.shape[0], -1, -1), patches], dim=1)
        for layer in self.layers:
            features = layer(features, src_mask=mask)
        return self.norm(features)[:, 0]


class Row(nn.Module):
    """Three linear layers, `a`, `b` and `c`, called as `how` says."""

    def __init__(self, how: str = "") -> None:
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(4, 4) for _ in range(3))
        self.how, self.calls = how, 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        first = self.a(x)
        if self.how == "by value" and first.sum() > 0:
            first = -first
        second = self.b(first.relu())
        if self.how == "skip":
            second = second + first
        if self.how == "dropout":
            second = F.dropout(second, training=self.training)
        if self.how == "twice":
            second = self.b(second)
        return self.c(second)


class Restless(nn.Linear):
    """A layer that never gives the same twice."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input) + torch.rand(())


class InPlace(nn.Module):
    """Changes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.relu_())


@dataclass(frozen=True)
class Images(Toy):
    """The toy tasks' losses on images, through a trunk with vectors in the end or before a pooling.

    Attributes:
        make: Makes the trunk.
        channels: Of what it gives.
    """

    make: Callable[[], nn.Module] = Tokens
    channels: int = 8

    def trunk(self) -> nn.Module:
        return self.make()

    def head(self, task: str) -> nn.Module:
        outputs = 2 if task == "class.sign" else 1
        pool = Pooled() if self.make is not Tokens else nn.Identity()
        return nn.Sequential(pool, nn.Linear(self.channels, outputs))

    def data(self, task: str, seed: int) -> tuple[Tensor, Any]:
        images = torch.randn(11, 3, 16, 16, generator=generator(seed, "images", task))
        if task == "class.sign":
            return images, (images.mean((1, 2, 3)) > 0).long()
        return images, {"value": images.mean((1, 2, 3))[:, None]}


class Pooled(nn.Module):
    """Maps to their means."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean((2, 3))
