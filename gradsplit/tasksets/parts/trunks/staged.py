"""What every trunk is: a stem and four stages."""

from collections.abc import Sequence

from torch import Tensor, nn

from gradsplit.tasksets.parts.trunks.resnet import SmallResNet

STAGES = SmallResNet.stages
"""Names of the stages of every backbone, in order."""


class Backbone(nn.Module):
    """A stem and four stages, one after the other.

    Args:
        stem: What comes before the stages.
        stages: Four modules.
        channels: Of the last stage's map.

    Attributes:
        channels: Of the last feature map.
        stages: Names of the stages, in order.
        last_stage: Name of the last one, what `GradSplit` divides by default.
    """

    stages = STAGES
    last_stage = STAGES[-1]

    def __init__(self, stem: nn.Module, stages: Sequence[nn.Module], channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.stem = stem
        self.layer1, self.layer2, self.layer3, self.layer4 = stages

    def forward(self, images: Tensor) -> Tensor:
        """Images [N, 3, H, W] -> the last feature map [N, channels, H', W']."""
        features = self.layer1(self.stem(images))
        return self.layer4(self.layer3(self.layer2(features)))
