"""How series of scores look in every figure, and what their axes have in common."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import SeedMean
from analysis.curves.line_looks import STROKES
from analysis.figures.labels import plain
from analysis.figures.palette import SERIES
from analysis.figures.room import arrange, font_sizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A marker and a line a series: colour alone does not survive grey printing.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
LINES = tuple((0, dashes) if dashes else "solid" for dashes in STROKES)
# Most letters of a method's name.
LABEL_WIDTH = 28
# Names in a column of the key, and the width of one more column in inches.
_KEY_ROWS, _KEY_WIDTH = 14, 2.2


def change_label(comparison: Comparison) -> str:
    """What the changes on an axis are, and in which unit."""
    relative = len(comparison.in_delta_m) == len(comparison.tasks)
    unit = "[%]" if relative else "in sizes\nof the task's threshold (1 % where relative)"
    return f"change against single-task {unit},\nmean ± standard error"


def shown_error(value: SeedMean) -> float:
    """A standard error as the length of an error bar: none where it is not known."""
    return 0.0 if np.isnan(value.se) else value.se


def series_look(number: int) -> dict[str, Any]:
    """Colour and marker of a series by its number."""
    return {
        "color": SERIES[number % len(SERIES)],
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": 5,
        "capsize": 2.5,
        "elinewidth": 1.2,
    }


def other_methods(comparison: Comparison) -> list[str]:
    """The methods but single-task training."""
    return [method for method in comparison.methods if method != comparison.single]


def method_look(comparison: Comparison, method: str) -> dict[str, Any]:
    """Colour and marker of a method, the same in every plot of a comparison."""
    return series_look(comparison.methods.index(method)) | {"linestyle": "none"}


def more_width(names: int) -> float:
    """Inches that the key's columns but the first take."""
    return _KEY_WIDTH * (key_columns(names) - 1)


def key_columns(names: int) -> int:
    """So many columns of a key are as high as the axes."""
    return 1 + (names - 1) // _KEY_ROWS


def finish(
    axes: "Axes",
    title: str | None,
    grid: Literal["x", "y", "both"] | None,
    font_size: float,
    *,
    own: bool,
    key: dict[str, Any] | None = None,
    roomy: bool = False,
) -> "Axes":
    """A light grid, no frame to the right and above, texts of a size that keep to their room.

    Args:
        axes: With everything that is drawn.
        title: Above them.
        grid: Of which axes there are lines.
        font_size: Of the names of axes.
        own: See `arrange`.
        key: See there.
        roomy: See there.
    """
    if grid is not None:
        axes.grid(axis=grid, color="0.9", linewidth=0.8)
        axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    font_sizes(axes, font_size)
    if title:
        axes.set_title(plain(title), fontsize=10 / 9 * font_size)
    arrange(axes, font_size, own=own, key=key, roomy=roomy)
    return axes
