"""What is changed at random in training pictures: the usual of each task, the ranges our choice.

Every function takes the generator of the batch, or None for evaluation: then nothing is random.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradsplit.tasksets.human.crops import (
    Place,
    Size,
    around,
    fitted,
    mirrored,
    moved,
    stretched,
    zoomed,
)

MEAN = (0.485, 0.456, 0.406)
"""Of ImageNet's colours, in 0..1; what an erased rectangle is filled with."""

# Padding of person pictures in pixels, for a height of 256.
_PADDING = 10 / 256
# MPII gives the height of a person in units of 200 pixels, without much around it.
_PERSON, _AROUND, _DOWN = 200, 1.25, 15
# Least width of the part of the picture that a pose is cut from, in heights: arms reach out.
_SLIM = 0.75


class View(NamedTuple):
    """Where the input is cut out, and whether left and right were exchanged."""

    place: Place
    mirrored: bool


def person(picture: Size, size: Size, rng: np.random.Generator | None) -> View:
    """A picture of one person, stretched; moved by up to 10 of 256 pixels, mirrored every second.

    Equal to padding with black and cropping at random. Source: Luo et al., "Bag of Tricks and a
    Strong Baseline for Deep Person Re-Identification", sec. 2.
    """
    place = stretched(picture, size)
    if rng is None:
        return View(place, False)
    most = round(size[0] * _PADDING)
    right, down = rng.integers(-most, most + 1, 2).tolist()
    return _perhaps_mirrored(moved(place, right, down), size, rng)


def pose(
    center: NDArray[np.floating], scale: float, size: Size, rng: np.random.Generator | None
) -> View:
    """One person cut out of a photograph; scaled by 0.75..1.25, turned by up to 60 degrees.

    The part that is cut out is 1.25 heights of the person high and at least three quarters of that
    wide, and more where the input has another shape. Turned in 60 % of cases, mirrored in 50 %.
    Source: Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", sec. 3, and its
    reading of MPII's centre, which lies 15 units of scale too high; the width is our choice.

    Args:
        center: [2] x and y, pixel centres of the photograph.
        scale: The person's height in units of 200 pixels.
        size: Of the input.
        rng: Of the batch.
    """
    high = _PERSON * _AROUND * float(scale)
    factor = min(size[0] / high, size[1] / (_SLIM * high))
    middle = np.asarray(center, float) + 0.5 + (0, _DOWN * float(scale))
    place = around(middle, factor, size)
    if rng is None:
        return View(place, False)
    zoom = 1 + np.clip(0.25 * rng.standard_normal(), -0.25, 0.25)
    # Drawn whether it is used or not: a batch's later samples do not depend on it.
    degrees, turn = np.clip(30 * rng.standard_normal(), -60, 60), rng.random() < 0.6
    place = zoomed(place, size, factor=1 / float(zoom), degrees=float(degrees) if turn else 0.0)
    return _perhaps_mirrored(place, size, rng)


def parsing(picture: Size, size: Size, rng: np.random.Generator | None) -> View:
    """A picture of one person, its shape kept; scaled by 0.75..1.25, mirrored every second."""
    place = fitted(picture, size)
    if rng is None:
        return View(place, False)
    place = zoomed(place, size, factor=float(rng.uniform(0.75, 1.25)))
    return _perhaps_mirrored(place, size, rng)


def erased(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Every second picture [H, W, 3] with a rectangle of 2 to 40 % of it in the mean colour.

    Source: Zhong et al., "Random Erasing Data Augmentation", algorithm 1, with its values for
    re-identification; one draw instead of repeated ones: a rectangle that does not fit is cut.
    """
    chance, area, shape = rng.random(), rng.uniform(0.02, 0.4), rng.uniform(math.log(0.3), 0)
    upright, top, left = rng.random() < 0.5, rng.random(), rng.random()
    if chance >= 0.5:
        return pixels
    height, width = pixels.shape[:2]
    # The ratio of the sides is log-uniform in 0.3..1/0.3.
    ratio = math.exp(-shape if upright else shape)
    high = min(height, max(1, round(math.sqrt(area * height * width * ratio))))
    wide = min(width, max(1, round(math.sqrt(area * height * width / ratio))))
    row, column = int(top * (height - high + 1)), int(left * (width - wide + 1))
    changed = pixels.copy()
    changed[row : row + high, column : column + wide] = np.round(255 * np.array(MEAN))
    return changed


def _perhaps_mirrored(place: Place, size: Size, rng: np.random.Generator) -> View:
    flip = bool(rng.random() < 0.5)
    return View(mirrored(place, size) if flip else place, flip)
