"""What happens to a photograph before the network sees it. Source: our choice."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Jitter:
    """How far a training photograph is changed, each uniformly at random in both directions.

    Never mirrored: left and right are classes of the pose.

    Attributes:
        shift: Pixels.
        turn: Radians.
        zoom: Fraction of the size.
        gamma: Of the logarithm of the exponent of the tones. Brightness and contrast need no
            change of their own: standardisation removes them.
    """

    shift: float = 3.0
    turn: float = 0.1
    zoom: float = 0.05
    gamma: float = 0.2


def jittered(images: Tensor, jitter: Jitter, stream: torch.Generator) -> Tensor:
    """Randomly moved, turned, zoomed images with other tones; edges are continued outwards.

    Args:
        images: [N, 1, height, width] in [0, 1].
        jitter: How far.
        stream: Draws five numbers an image.

    Returns:
        The same shape and range.
    """
    count, _, height, width = images.shape
    across, down, turn, zoom, tone = torch.rand(5, count, generator=stream).mul_(2).sub_(1)
    scale = 1 + jitter.zoom * zoom
    cosine, sine = torch.cos(jitter.turn * turn) * scale, torch.sin(jitter.turn * turn) * scale
    # The grid's coordinates run from -1 to 1 in both directions, hence the sides' ratio.
    rows = [
        torch.stack([cosine, -sine * height / width, across * jitter.shift * 2 / width], 1),
        torch.stack([sine * width / height, cosine, down * jitter.shift * 2 / height], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="border", align_corners=False)
    return moved.clamp(0, 1) ** torch.exp(jitter.gamma * tone)[:, None, None, None]


def standardised(images: Tensor) -> Tensor:
    """Every image with mean 0 and standard deviation 1.

    Args:
        images: [N, channels, height, width].

    Example:
        >>> standardised(torch.tensor([0.0, 2.0]).reshape(1, 1, 1, 2)).flatten().tolist()
        [-1.0, 1.0]
    """
    mean = images.mean((1, 2, 3), keepdim=True)
    spread = images.std((1, 2, 3), keepdim=True, correction=0)
    # An image of one tone has no spread; it becomes all zeros.
    return (images - mean) / spread.clamp_min(1e-6)
