"""What stands in the cells of a heatmap: the change, below it its uncertainty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.heatmap_marks import Cells, frame_width
from analysis.figures.labels import number_text
from analysis.figures.letters import text_length
from analysis.figures.palette import INK
from relations.change_kinds import RELATIVE
from relations.statistics.change_table import WIDE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.change_kinds import ChangeKind

SecondLine = Literal["interval", "n", "none"]

# Smallest cells, in inches, that hold a figure; two decimals; a half width; a whole interval.
_FIGURE, _DECIMALS, _HALF_WIDTH, _INTERVAL = 0.3, 0.42, 0.45, 0.8
# The second line is by so much smaller.
_SECOND = 0.7
# How far down the cell the change ends and the second line begins: where that is one line, or two.
_ONE, _TWO = (0.56, 0.63), (0.47, 0.52)
# By how much both are lower at most where two lines leave room below.
_LOWER = 0.06
# A text may be made so much smaller before it loses digits.
_SHRINKS = 0.85
_LINE = 1.2  # height of a line, in sizes of its font


@dataclass(frozen=True)
class _Room:
    """What a cell holds: its side in inches, the size in points and the decimals of a change."""

    side: float
    size: float
    digits: int

    @property
    def width(self) -> float:
        """Points between the frame's sides, with a little air."""
        return 0.93 * 72 * self.side - 2.5 * frame_width(72 * self.side)

    def fits(self, text: str, size: float) -> bool:
        """Whether a text of a font size fits the cell's width."""
        return text_length(text, size) <= self.width

    def holds_two_lines(self, size: float) -> bool:
        """Whether two lines fit below the change."""
        return self._left_below(size) >= 0

    def lowered(self, size: float) -> float:
        """How far down the cell a change and two lines may move, from the "?" in the corner."""
        return min(_LOWER, max(0.0, self._left_below(size) / (72 * self.side)))

    def _left_below(self, size: float) -> float:
        """Points that two lines below the change leave of the cell."""
        high = (1 - _TWO[1]) * 72 * self.side - 1.25 * frame_width(72 * self.side)
        return high - 2 * _LINE * size

    def shrunk(self, text: str, size: float) -> float:
        """The font size in which a text fits, at most a given one."""
        return min(size, size * self.width / max(text_length(text, size), 1e-9))


def has_halves(cells: Cells, side: float, second_line: SecondLine) -> bool:
    """Whether cells are of a size, in inches, at which half of their interval stands behind ±."""
    known = np.isfinite(cells.upper - cells.lower)
    return second_line == "interval" and _HALF_WIDTH <= side < _INTERVAL and bool(known.any())


def write_changes(
    axes: "Axes", cells: Cells, side: float, second_line: SecondLine, font_size: float
) -> None:
    """The change in every known cell and its uncertainty below it, as far as there is room."""
    if side < _FIGURE:
        return
    digits = 2 if side >= _DECIMALS else 1
    room = _Room(side, min(font_size, 72 * side / (4.7 if digits == 2 else 4.1)), digits)
    for row, column in np.argwhere(np.isfinite(cells.mean)):
        below, small = _below(cells, row, column, room, second_line)
        change, size = _change(float(cells.mean[row, column]), cells.kinds[column], room)
        ends, begins = _ONE
        if "\n" in below:
            ends, begins = (place + room.lowered(small) for place in _TWO)
        axes.text(
            column + 0.5,
            row + (ends if below else 0.57),
            change,
            ha="center",
            va="bottom" if below else "center",
            fontsize=size,
            color=INK,
            gid="change",
        )
        if below:
            axes.text(
                column + 0.5,
                row + begins,
                below,
                ha="center",
                va="top",
                fontsize=small,
                linespacing=1.0,
                color=INK,
                gid="second line",
            )


def _in_cell(change: float, kind: "ChangeKind", digits: int = 1) -> str:
    """A change without its unit; other kinds than per cent have room for a digit less."""
    return number_text(change, kind, digits if kind.name == RELATIVE else min(digits, 1))


def _change(change: float, kind: "ChangeKind", room: _Room) -> tuple[str, float]:
    """A change and its font size: with fewer digits, then smaller, where the cell is too narrow."""
    texts = [_in_cell(change, kind, digits) for digits in range(room.digits, -1, -1)]
    text = next((one for one in texts if room.fits(one, room.size)), texts[-1])
    return text, room.shrunk(text, room.size)


def _below(
    cells: Cells, row: int, column: int, room: _Room, second_line: SecondLine
) -> tuple[str, float]:
    """The second line of a cell and its font size: its interval, half its width, or its seeds."""
    size = _SECOND * room.size
    if room.side < _HALF_WIDTH or second_line == "none":
        return "", size
    if second_line == "n":
        return f"n = {cells.n[row, column]:.0f}", size
    lower, upper = float(cells.lower[row, column]), float(cells.upper[row, column])
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return "", size
    return _fitting(list(_intervals(lower, upper, cells.kinds[column], room.side)), room, size)


def _intervals(lower: float, upper: float, kind: "ChangeKind", side: float) -> Iterator[str]:
    """Ways to write an interval, the best first.

    A wide interval of relative changes is not symmetric: half of it would mislead, so it has its
    ends, without decimals, as in the terminal.
    """
    wide = kind.name == RELATIVE and upper - lower > WIDE
    if not wide and side < _INTERVAL:
        for digits in (1, 0):
            yield f"± {_in_cell((upper - lower) / 2, kind, digits).removeprefix('+')}"
        return
    for digits in (0,) if wide else (1, 0):
        yield f"{_in_cell(lower, kind, digits)} to {_in_cell(upper, kind, digits)}"
    yield f"{_in_cell(lower, kind, 0)} to\n{_in_cell(upper, kind, 0)}"


def _fitting(texts: Sequence[str], room: _Room, size: float) -> tuple[str, float]:
    """The first text that fits, a little smaller if it must be, and its font size; or none."""
    for text in texts:
        if "\n" in text and not room.holds_two_lines(size):
            continue
        fitted = room.shrunk(max(text.splitlines(), key=len), size)
        if fitted >= _SHRINKS * size:
            return text, fitted
    return "", size
