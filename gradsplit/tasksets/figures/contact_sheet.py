"""A sheet of drawn people with their key points and parts, to look at."""

from typing import TYPE_CHECKING

import numpy as np

from gradsplit.tasksets.figures.drawing import (
    PARTS,
    Conditions,
    Photographs,
    draw_cameras,
    draw_people,
    photograph,
)
from gradsplit.tasksets.figures.drawing.poses import BONES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Pictures, then those with key points, then those with parts.
_PLAIN, _POINTS, _PARTS = 4, 3, 3
_CAMERAS = 6


def contact_sheet(
    *, people: int = 8, seed: int = 0, height: int = 128, width: int = 64, hardness: float = 1.0
) -> "Figure":
    """Draw several identities, a row each: as they are, with key points, with their parts.

    Args:
        people: Rows.
        seed: Which people, poses and cameras.
        height: Of a picture, in pixels; the task set's own are half as large.
        width: Of a picture, in pixels.
        hardness: Factor on the conditions, as in the task set.

    Returns:
        A matplotlib figure; the caller saves it.
    """
    from matplotlib.figure import Figure

    columns = _PLAIN + _POINTS + _PARTS
    size = {"height": height, "width": width}
    cameras = draw_cameras(_CAMERAS, seed, conditions=Conditions().harder(hardness), **size)
    who = np.repeat(np.arange(people), columns)
    which = np.arange(len(who)) % _CAMERAS
    taken = photograph(draw_people(people, seed)[who], cameras, which, seed=seed, **size)
    figure = Figure(figsize=(columns * 0.9, people * 0.9 * height / width), dpi=100)
    grid = figure.subplots(people, columns, squeeze=False)
    for number, axes in enumerate(grid.flat):
        column = number % columns
        _show(axes, taken, number, points=_PLAIN <= column < _PLAIN + _POINTS)
        if column >= _PLAIN + _POINTS:
            _show_parts(axes, taken.parts[number])
    figure.subplots_adjust(0, 0, 1, 1, 0.03, 0.03)
    return figure


def _show(axes: "Axes", taken: Photographs, number: int, *, points: bool) -> None:
    height, width = taken.parts.shape[1:]
    axes.imshow(taken.images[number], extent=(0, width, height, 0))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    if points:
        joints, seen = taken.joints[number], taken.visible[number]
        for bone in BONES:
            axes.plot(*joints[list(bone)].T, color="white", linewidth=0.8, alpha=0.8)
        axes.scatter(*joints[seen].T, s=7, color="tab:green", zorder=3)
        axes.scatter(*joints[~seen].T, s=7, color="tab:red", marker="x", zorder=3, linewidth=1)


def _show_parts(axes: "Axes", parts: np.ndarray) -> None:
    from matplotlib import colormaps

    palette = colormaps["tab20"](np.arange(len(PARTS)))
    palette[0] = (1, 1, 1, 0.15)
    height, width = parts.shape
    axes.imshow(palette[parts], extent=(0, width, height, 0))
