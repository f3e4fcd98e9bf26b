"""What stands in the cells of a heatmap: the change, below it its uncertainty."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.heatmap_marks import Cells
from analysis.figures.labels import number_text
from analysis.figures.palette import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.change_kinds import ChangeKind

SecondLine = Literal["interval", "n", "none"]

# Smallest cells, in inches, that hold a figure; two decimals; a half width; a whole interval.
_FIGURE, _DECIMALS, _HALF_WIDTH, _INTERVAL = 0.3, 0.42, 0.5, 0.8


def write_changes(
    axes: "Axes", cells: Cells, side: float, second_line: SecondLine, font_size: float
) -> None:
    """The change in every known cell and its uncertainty below it, as far as there is room."""
    if side < _FIGURE:
        return
    digits = 2 if side >= _DECIMALS else 1
    size = min(font_size, 72 * side / (4.7 if digits == 2 else 4.1))
    for row, column in np.argwhere(np.isfinite(cells.mean)):
        below = _below(cells, row, column, side, second_line)
        axes.text(
            column + 0.5,
            row + (0.56 if below else 0.57),
            _in_cell(float(cells.mean[row, column]), cells.kinds[column], digits),
            ha="center",
            va="bottom" if below else "center",
            fontsize=size,
            color=INK,
            gid="change",
        )
        if below:
            axes.text(
                column + 0.5,
                row + 0.63,
                below,
                ha="center",
                va="top",
                fontsize=0.7 * size,
                color=INK,
                gid="second line",
            )


def _in_cell(change: float, kind: "ChangeKind", digits: int = 1) -> str:
    """A change without its unit; other kinds than per cent have room for a digit less."""
    return number_text(change, kind, digits if kind.name == "relative" else 1)


def _below(cells: Cells, row: int, column: int, side: float, second_line: SecondLine) -> str:
    """The second line of a cell: its interval, half its width, or its number of seeds."""
    if side < _HALF_WIDTH or second_line == "none":
        return ""
    if second_line == "n":
        return f"n = {cells.n[row, column]:.0f}"
    lower, upper = cells.lower[row, column], cells.upper[row, column]
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return ""
    kind = cells.kinds[column]
    if side < _INTERVAL:
        return f"± {_in_cell((upper - lower) / 2, kind).removeprefix('+')}"
    return f"{_in_cell(lower, kind)} to {_in_cell(upper, kind)}"
