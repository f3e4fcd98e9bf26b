"""The gradient mask as a picture: tasks by groups."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import sized
from analysis.figures.heatmap_frame import label_style, text_width
from analysis.figures.inside import keep_inside
from analysis.figures.labels import in_lines, plain
from analysis.figures.palette import ALLOWED, BLOCKED
from analysis.figures.room import arrange
from analysis.short_names import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.mask import GradientMask

_LABEL_WIDTH = 26


def mask_plot(
    mask: "GradientMask",
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw a mask: whose loss (rows) may update whose filters (columns).

    Pale cells may, dark cells with a cross may not, so that grey printing tells them apart.

    Args:
        mask: T tasks.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: Of the names of tasks in points; 7 goes with 3.3 inches.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """
    count = len(mask.tasks)
    usual = 0.6 if count <= 6 else max(0.06, min(0.36, 9 / count))
    labels = [plain(name) for name in shorten(mask.tasks, _LABEL_WIDTH)]
    around = text_width(labels, font_size) / 72 + 0.08 * font_size

    blocked = int((~mask.may_update).sum())
    said = plain(title or f"{blocked} of {count * (count - 1)} updates blocked")

    def draw(axes: "Axes") -> "Axes":
        _paint(axes, mask.may_update, count <= 60)
        _write(axes, labels, sides[-1], font_size)
        axes.set_title(said, fontsize=0.9 * font_size)
        arrange(axes, font_size, own=True)
        return axes

    if ax is not None and width is None:
        _paint(ax, mask.may_update, count <= 60)
        _write_inside(ax, labels, said, font_size)
        return ax
    sides: list[float] = []

    def own(square: float) -> "Axes":
        sides.append(square / count)
        return new_axes(square + around, square + around + 0.1)

    least = min(usual, 0.06) * count
    return sized(draw, ax, own, width, wide=usual * count, least=least)


def _write(axes: "Axes", labels: list[str], side: float, font_size: float) -> None:
    """Names of tasks, every second or third where cells are small, and of both axes."""
    size, step, turned = label_style(labels, side, font_size)
    places = np.arange(0, len(labels), step)
    axes.set_xticks(places, labels[::step], rotation=90 if turned else 0, fontsize=size)
    axes.set_yticks(places, labels[::step], fontsize=size)
    axes.tick_params(length=0)
    axes.set_xlabel("may update the filters of", fontsize=font_size)
    axes.set_ylabel("loss of", fontsize=font_size)


def _write_inside(axes: "Axes", labels: list[str], title: str, font_size: float) -> None:
    """The same and the title for axes in somebody else's figure, in which all keeps inside."""

    def write(square: float, _: int) -> None:
        over = max(square, 0.1 * font_size)
        _write(axes, labels, square / len(labels), font_size)
        axes.set_xlabel(in_lines(axes.get_xlabel(), over, font_size))
        axes.set_title(in_lines(title, over, 0.9 * font_size), fontsize=0.9 * font_size)

    keep_inside(axes, write, levels=1, enough=min)


def _paint(axes: "Axes", may_update: np.ndarray, spaced: bool) -> None:
    """Cells in two shades and crosses on the dark ones; row and column centres at integers."""
    from matplotlib.colors import ListedColormap

    edges = np.arange(len(may_update) + 1) - 0.5
    axes.pcolormesh(
        edges,
        edges,
        may_update,
        cmap=ListedColormap([BLOCKED, ALLOWED]),
        vmin=0,
        vmax=1,
        edgecolors="white" if spaced else "none",
        linewidth=1 if spaced else 0,
        rasterized=not spaced,
        gid="mask",
    )
    axes.set_aspect("equal")
    axes.invert_yaxis()
    rows, columns = np.nonzero(~may_update)
    if spaced and len(rows):
        size = 160 / max(6, len(may_update))
        axes.scatter(
            columns, rows, marker="x", s=size, color="white", linewidths=1.2, gid="blocked"
        )
    for spine in axes.spines.values():
        spine.set_visible(False)
