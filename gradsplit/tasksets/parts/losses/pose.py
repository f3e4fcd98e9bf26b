"""The loss of pose: squared error of heat maps."""

import math

import torch
from torch import Tensor

from gradsplit.tasksets.parts.metrics.heat_maps import heat_maps

_REACH = 3.0


def heat_map_error(
    maps: Tensor, joints: Tensor, visible: Tensor, *, size: tuple[int, int], spread: float = 2.0
) -> Tensor:
    """Squared error between maps and Gaussians on the joints, in units of a Gaussian's own square.

    The squared error of Simple Baselines is a mean over all cells of a map, nearly all of them 0,
    so it is thousandths and a weight of hundreds is needed beside other losses. Here the sum over
    the cells is divided by that of a Gaussian, pi * spread**2: a joint of which nothing is said
    costs 1, whatever the size of the map.

    Args:
        maps: [N, joints, h, w].
        joints: [N, joints, 2] x and y in pixels of the input, the centre of the first pixel at 0;
            anything, even nan, where not visible.
        visible: [N, joints] weights, or true where the joint counts. A joint that is outside the
            picture by more than 3 spreads does not count.
        size: Height and width of the input in pixels.
        spread: Standard deviation of the Gaussian, in cells of the map.

    Returns:
        The mean over joints that count; 0 if there is none.

    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", sec. 2 and its
    code (spread, reach); the scale is our choice.

    Example:
        >>> joints, seen = torch.tensor([[[32.0, 40.0]]]), torch.tensor([[True]])
        >>> heat_map_error(torch.zeros(1, 1, 16, 16), joints, seen, size=(64, 64))
        tensor(1.0000)
    """
    joints = torch.where(visible[..., None] > 0, joints, 0)
    wanted = heat_maps(joints, (maps.shape[2], maps.shape[3]), size=size, spread=spread)
    weights = visible * _in_reach(joints, maps.shape[2:], size, spread)
    error = (maps - wanted).square().sum(dim=(2, 3)) / (math.pi * spread**2)
    return (error * weights).sum() / weights.sum().clamp(min=torch.finfo(maps.dtype).tiny)


def _in_reach(joints: Tensor, cells: torch.Size, size: tuple[int, int], spread: float) -> Tensor:
    """[N, joints] whether a Gaussian's three spreads touch the picture."""
    reached = []
    for axis in (0, 1):
        beyond = _REACH * spread * size[1 - axis] / cells[1 - axis]
        place = joints[..., axis]
        reached.append((place > -0.5 - beyond) & (place < size[1 - axis] - 0.5 + beyond))
    return reached[0] & reached[1]
