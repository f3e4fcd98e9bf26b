"""Figures of a given width: what a column of a paper has room for."""

import warnings
from collections.abc import Callable
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import PADDING, FigureFileError, figure_of, keep_width
from analysis.figures.letters import measured_letters
from relations.errors import argument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROUNDS = 8
# Letters are a little wider or narrower at other dots an inch.
_EXACT = 0.02
_MORE = 1.3


def sized(
    draw: "Callable[[Axes], Axes]",
    ax: "Axes | None",
    own: "Callable[[float], Axes]",
    width: float | None,
    *,
    wide: float,
    least: float,
    instead: str = "",
) -> "Axes":
    """Draw into axes that are given, or into a figure of its own that is as wide as asked for.

    Args:
        draw: Draws into axes and returns them.
        ax: The axes that are given.
        own: Axes in a figure of their own, from its size in inches.
        width: Of the saved figure in inches; None for the size in which it is comfortable.
        wide: That size.
        least: Smallest size in which it can be read.
        instead: What else can be done where it cannot be so narrow.

    Raises:
        FigureFileError: A width comes with axes, or the figure cannot be so narrow.
    """

    def drawn(axes: "Axes") -> "Axes":
        with measured_letters(figure_of(axes)):
            return draw(axes)

    if ax is None:
        if width is None:
            return drawn(own(wide))
        more = {"slope": 1.0, "least": min(least, wide), "instead": instead}
        return fitted(lambda size: drawn(own(size)), width, wide, **more)
    if width is not None:
        raise FigureFileError("`width` is of a figure of its own; leave `width` or `ax` out.")
    return drawn(ax)


def fitted(
    draw: "Callable[[float], Axes]",
    width: float,
    size: float,
    *,
    slope: float,
    least: float,
    instead: str = "",
) -> "Axes":
    """Draw again until the saved figure is as wide as it should be.

    How wide the texts around a picture become is known only once they are drawn, so the size of
    what they stand around is corrected by what was measured.

    Args:
        draw: Draws the figure with its middle in some size.
        width: Of the figure as `save` writes it, in inches, to 0.04.
        size: To begin with.
        slope: By how much the width grows with the size.
        least: Smallest size in which it can be read.
        instead: What else can be done where it cannot be so narrow.

    Returns:
        The widest drawing that is not too wide.

    Raises:
        FigureFileError: It cannot be so narrow.

    Cost: up to 9 drawings, a few more where the smallest has no room for its texts.
    """
    best, aim = draw(least), width - _EXACT
    while not isfinite(widest := saved_width(best)) and least < width:
        least *= _MORE
        best = draw(least)
    if widest > width:
        needs = f"about {widest:.2f} inches" if isfinite(widest) else "more room"
        raise FigureFileError(
            f"The figure needs {needs} with letters of this size, {argument('width')} is "
            f"{width:g}. Take {instead and f'{instead}, '}a "
            f"smaller {argument('font_size')} (7 goes with 3.3 inches), shorter names of tasks "
            "or fewer tasks, "
            "or make it wider."
        )
    for _ in range(_ROUNDS):
        axes = draw(size)
        wide = saved_width(axes)
        if widest < wide <= width:
            best, widest = axes, wide
        if abs(wide - aim) <= _EXACT:
            break
        size = max(least, size + (aim - wide) / slope) if isfinite(wide) else 1.2 * size
    keep_width(best, width)
    return best


def square_axes(square: float) -> "Axes":
    """Axes of so many inches in a figure of their own, which `make_room` gives its size."""
    from matplotlib.figure import Figure

    return Figure(figsize=(2 * square, 2 * square)).add_axes((0.25, 0.25, 0.5, 0.5))


def make_room(axes: "Axes", square: float, below: float = 0.0) -> None:
    """Give the figure of square axes the size that all around them needs.

    Placed by hand: where the aspect is fixed, layouts cut texts or take room from the axes.

    Args:
        axes: As `square_axes` gives them, with their texts.
        square: Inches of a side.
        below: Inches that are kept at the foot of the figure.

    Cost: one layout.
    """
    figure = figure_of(axes)
    with measured_letters(figure):
        figure.draw_without_rendering()
        around, box = axes.get_tightbbox(), axes.get_window_extent()
    assert around is not None
    left, low = (np.array([box.x0 - around.x0, box.y0 - around.y0]) / figure.dpi).tolist()
    right, high = (np.array([around.x1 - box.x1, around.y1 - box.y1]) / figure.dpi).tolist()
    low += below or PADDING
    wide, tall = left + square + right + 2 * PADDING, low + square + high + PADDING
    figure.set_size_inches(wide, tall)
    start = ((PADDING + left) / wide, low / tall)
    axes.set_position((*start, square / wide, square / tall))
    axes.set_in_layout(True)  # a position that was set leaves it


def saved_width(axes: "Axes") -> float:
    """Inches that a figure is wide once it is saved, without what is empty around it."""
    figure = figure_of(axes)
    with measured_letters(figure):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            figure.draw_without_rendering()
        if any("collapsed" in str(one.message) for one in said):
            return inf  # there is no room for the picture between its texts
        return float(figure.get_tightbbox().width) + 2 * PADDING


def lower(high: float, size: float, wide: float) -> float:
    """How high a figure should be that is narrower than is comfortable.

    Args:
        high: Inches at the comfortable width.
        size: Its width in inches.
        wide: The comfortable one.

    Example:
        >>> lower(3.4, 5.6, 5.6), lower(3.4, 2.8, 5.6)
        (3.4, 2.38)
    """
    return round(high * min(1.0, max(0.7, size / wide)), 6)
