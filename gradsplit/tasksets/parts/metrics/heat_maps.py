"""From joints to heat maps and back.

Places are pixels of the input, the centre of the first pixel at 0. A map's cells lie evenly over
the input, so cell (0, 0) of a map 4 times smaller is at 1.5. Mirrored inputs have mirrored maps.
"""

import torch
from torch import Tensor


def heat_maps(
    joints: Tensor, cells: tuple[int, int], *, size: tuple[int, int], spread: float
) -> Tensor:
    """A Gaussian on each joint, 1 at the joint itself.

    Args:
        joints: [N, joints, 2] x and y in pixels of the input.
        cells: Height and width of the maps.
        size: Height and width of the input in pixels.
        spread: Standard deviation, in cells.

    Returns:
        [N, joints, *cells].

    Source: Tompson et al., "Joint Training of a Convolutional Network and a Graphical Model for
    Human Pose Estimation", sec. 3.2. The Gaussian is on the joint, not on the nearest cell, as in
    Zhang et al., "Distribution-Aware Coordinate Representation for Human Pose Estimation", sec 3.2.

    Example:
        >>> heat_maps(torch.tensor([[[1.5, 5.5]]]), (2, 2), size=(8, 8), spread=1.0)
        tensor([[[[0.6065, 0.3679],
                  [1.0000, 0.6065]]]])
    """
    across, down = (
        _gaussian(joints[..., axis], cells[1 - axis], size[1 - axis], spread) for axis in (0, 1)
    )
    return down[..., :, None] * across[..., None, :]


def joints_of(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """The places where heat maps are highest, a quarter of a cell towards the higher neighbour.

    Args:
        maps: [N, joints, h, w].
        size: Height and width of the input in pixels.

    Returns:
        [N, joints, 2] x and y in pixels of the input. At the edge of the map, or between two
        neighbours alike, there is no step to the side.

    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", sec. 2, after
    Newell et al., "Stacked Hourglass Networks for Human Pose Estimation", sec. 3.3.

    Example:
        >>> joints_of(torch.tensor([[[[0.0, 1.0, 0.5, 0.0]]]]), size=(4, 16))
        tensor([[[6.5000, 1.5000]]])
    """
    height, width = maps.shape[2:]
    best = maps.flatten(2).argmax(dim=2)
    places = []
    for at, step, count, pixels in (
        (best % width, 1, width, size[1]),
        (best // width, width, height, size[0]),
    ):
        cell = at + _towards(maps, best, step, (at > 0) & (at < count - 1))
        places.append((cell + 0.5) * (pixels / count) - 0.5)
    return torch.stack(places, dim=-1)


def mirrored(maps: Tensor, partners: Tensor) -> Tensor:
    """The maps of the mirrored input, for the mean of an input and its mirror image.

    Args:
        maps: [N, C, h, w] of joints or of classes.
        partners: [C] what each becomes in a mirror: left and right change places.

    Example:
        >>> mirrored(torch.tensor([[[[1, 2]], [[3, 4]]]]), torch.tensor([1, 0])).tolist()
        [[[[4, 3]], [[2, 1]]]]
    """
    return maps.flip(-1)[:, partners]


def _gaussian(place: Tensor, cells: int, pixels: int, spread: float) -> Tensor:
    """[..., cells] a Gaussian on a place given in pixels."""
    middle = (place + 0.5) * (cells / pixels) - 0.5
    offset = torch.arange(cells, device=place.device) - middle[..., None]
    return (-(offset / spread).square() / 2).exp()


def _towards(maps: Tensor, best: Tensor, step: int, inside: Tensor) -> Tensor:
    """[N, joints] a quarter of a cell towards the higher neighbour along one axis."""
    flat = maps.flatten(2)
    after, before = (
        flat.gather(2, torch.where(inside, best + way, best)[..., None])[..., 0]
        for way in (step, -step)
    )
    return (after - before).sign() / 4
