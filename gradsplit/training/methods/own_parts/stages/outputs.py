"""What features between two stages look like: which dimension holds the channels, how many."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from gradsplit.errors import GradSplitError


@dataclass(frozen=True)
class StageOutput:
    """What a stage gives.

    Attributes:
        name: The module that ends the stage.
        channels: How many.
        dim: Which dimension of the features they are: 1 in maps [N, C, H, W], the last in tokens
            [N, L, C].
        size: The other dimensions behind the first.
        rectified: Nothing is negative and something is exactly 0, as behind a ReLU.
    """

    name: str
    channels: int
    dim: int
    size: tuple[int, ...]
    rectified: bool


def stage_output(name: str, features: Any, module: nn.Module) -> StageOutput:
    """What features look like.

    Args:
        name: The module that ends the stage.
        features: Its output for a few inputs, as the next stage gets it.
        module: The stage.

    Raises:
        GradSplitError: They are not one tensor with channels.

    Example:
        >>> import torch
        >>> maps = nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU())
        >>> stage_output("1", maps(torch.zeros(2, 3, 5, 4)), maps).size
        (5, 4)
    """
    if not isinstance(features, Tensor) or features.ndim < 2:
        raise GradSplitError(
            f"Behind the stage `{name}` the trunk has a {type(features).__name__}; features of a "
            "stage must be one tensor [N, ...] with channels. Name other `stages`."
        )
    return _described(name, features, _holders(module)[-1])


def stage_input(features: Tensor, module: nn.Module) -> StageOutput:
    """What the inputs of a trunk look like, whose first stage this is."""
    return _described("", features, _holders(module)[0])


def _described(name: str, features: Tensor, neighbour: nn.Module) -> StageOutput:
    dim = _channel_dim(features, neighbour)
    size = tuple(features.shape[1:dim] + features.shape[dim + 1 :])
    rectified = bool((features >= 0).all()) and bool((features == 0).any())
    return StageOutput(name, features.shape[dim], dim, size, rectified)


def _channel_dim(features: Tensor, neighbour: nn.Module) -> int:
    """1 for vectors and where the neighbour has maps, else the last where its width says so."""
    last = features.ndim - 1
    if isinstance(neighbour, nn.modules.conv._ConvNd):
        maps = neighbour.weight.ndim == features.ndim
    else:
        maps = isinstance(neighbour, nn.modules.batchnorm._NormBase | nn.GroupNorm)
    if last == 1 or maps:
        return 1
    weight = next(neighbour.parameters(), None)
    as_wide = weight is not None and features.shape[last] == len(weight)
    return last if as_wide or features.ndim == 3 else 1


def _holders(module: nn.Module) -> list[nn.Module]:
    """The modules that hold parameters themselves, in order; the module itself where none does."""
    holding = [one for one in module.modules() if any(True for _ in one.parameters(recurse=False))]
    return holding or [module]
