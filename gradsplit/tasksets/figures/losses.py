"""Losses of the figures task set; tensor operations only, so that many runs can be vectorised."""

import torch
from torch import Tensor
from torch.nn import functional as F


def contrastive(embedding: Tensor, identities: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss: pictures of one identity are to be nearest to each other.

    Args:
        embedding: [N, D], rows of length 1.
        identities: [N] numbers; at least two pictures have an identity in common.
        temperature: Divides the cosines, above 0.

    Returns:
        The mean over pictures that have a partner, of the mean over their partners, of the
        cross-entropy of picking the partner among all other pictures.

    Source: Khosla et al., "Supervised Contrastive Learning", eq. 2.
    """
    itself = torch.eye(len(embedding), dtype=torch.bool, device=embedding.device)
    cosines = (embedding @ embedding.T / temperature).masked_fill(itself, -1e4)
    partners = (identities[:, None] == identities) & ~itself
    chances = (cosines.log_softmax(dim=1) * partners).sum(dim=1)
    number = partners.sum(dim=1)
    return -(chances / number.clamp(min=1)).sum() / (number > 0).sum()


def heat_map_cross_entropy(
    maps: Tensor, joints: Tensor, seen: Tensor, *, size: tuple[int, int], spread: float
) -> Tensor:
    """Cross-entropy between each joint's map, as chances of its cells, and a Gaussian on the joint.

    It trains in a fraction of the steps that squared error on heat maps needs.

    Args:
        maps: [N, joints, h, w] logits.
        joints: [N, joints, 2] pixels, x and y.
        seen: [N, joints] weights, 0 for joints that do not count.
        size: Height and width of the picture in pixels.
        spread: Standard deviation of the Gaussian, in cells of the map.

    Returns:
        The mean over joints that count. The least possible value is the Gaussians' entropy, 2.84
        for a spread of 1, not 0.
    """
    down, right = (
        _gaussian(joints[..., axis], maps.shape[3 - axis], size[1 - axis], spread)
        for axis in (1, 0)
    )
    wanted = (down[..., :, None] * right[..., None, :]).flatten(2)
    surprise = -(wanted * maps.flatten(2).log_softmax(dim=2)).sum(dim=2)
    return (surprise * seen).sum() / seen.sum().clamp(min=1)


def _gaussian(place: Tensor, cells: int, pixels: int, spread: float) -> Tensor:
    """[..., cells] Gaussian on a place given in pixels, of sum 1."""
    cell = pixels / cells
    middles = (torch.arange(cells, device=place.device) + 0.5) * cell
    return (-((middles - place[..., None]) / (spread * cell)).square() / 2).softmax(dim=-1)


def part_cross_entropy(maps: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy a pixel, the maps stretched to the labels' size.

    Args:
        maps: [N, classes, h, w] logits.
        labels: [N, H, W] in 0..classes-1.
        weights: [classes] factor of the pixels of each class.
    """
    return F.cross_entropy(stretch(maps, labels.shape[1:]), labels, weight=weights)


def stretch(maps: Tensor, size: torch.Size | tuple[int, int]) -> Tensor:
    """Bilinear [N, C, h, w] -> [N, C, *size]."""
    return F.interpolate(maps, tuple(size), mode="bilinear", align_corners=False)
