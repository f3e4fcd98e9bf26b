"""Marks of a heatmap that need no colour: harmful, undecided and unknown cells."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from analysis.figures.labels import decided_text, threshold_text
from analysis.figures.palette import INK, change_colors
from analysis.helpful import open_help
from relations.change_kinds import RELATIVE
from relations.tasks import positions

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.path import Path

    from relations.change_kinds import ChangeKind
    from relations.graph import RelationGraph

# Smallest cell, in points, with an outline; smaller ones get a dot each.
_OUTLINED = 14.0
_OUTLINE = {"fill": False, "edgecolor": INK, "joinstyle": "miter"}
# Half of the colour of an undecided cell is taken away.
_PALE = {"facecolor": "white", "edgecolor": "none", "linewidth": 0, "alpha": 0.5}
_HATCH = {"facecolor": "white", "edgecolor": "0.6", "linewidth": 0, "hatch": "////"}


@dataclass(frozen=True)
class Cells:
    """What a heatmap shows, in the order in which it is drawn.

    Attributes:
        mean, lower, upper: [T, T] fractions (or in the unit of the target's kind), row = source,
            column = target; nan where unknown.
        n: [T, T] number of seeds, nan on the diagonal.
        harmful: [T, T] booleans, the mean change is below the threshold.
        undecided: [T, T] booleans.
        unknown: [T, T] booleans, off the diagonal.
        open_help: [T, T] booleans, not harmful, but whether it helps is not decided.
        level: At what level verdicts are decided, in words.
        kinds: [T] how the changes of each column are measured, with its threshold.
    """

    mean: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n: np.ndarray
    harmful: np.ndarray
    undecided: np.ndarray
    unknown: np.ndarray
    open_help: np.ndarray
    level: str
    kinds: "list[ChangeKind]"

    @classmethod
    def of(cls, graph: "RelationGraph", order: np.ndarray) -> Self:
        """The cells of a relation graph, rows and columns in `order`."""
        grid = np.ix_(order, order)
        tasks = [graph.tasks[i] for i in order]
        unknown = _grid(tasks, graph.with_verdict("unknown"))
        return cls(
            # An edge with failed runs may have a mean, but it is not to be believed.
            mean=np.where(unknown, np.nan, graph.matrix("change")[grid]),
            lower=graph.matrix("lower")[grid],
            upper=graph.matrix("upper")[grid],
            n=graph.matrix("n")[grid],
            harmful=_grid(tasks, graph.harmful()),
            undecided=_grid(tasks, graph.with_verdict("undecided")),
            unknown=unknown,
            open_help=_grid(tasks, open_help(graph)),
            level=decided_text(graph),
            kinds=[graph.kind(task) for task in tasks],
        )

    @property
    def relative(self) -> bool:
        """Whether all changes are relative, so that per cent stands for all of them."""
        return all(kind.name == RELATIVE for kind in self.kinds)

    @property
    def shades(self) -> np.ndarray:
        """[T, T] what the colours stand for: per cent, or sizes of the target's threshold."""
        if self.relative:
            return 100 * self.mean
        return self.mean / np.array([kind.size for kind in self.kinds])

    @property
    def unit(self) -> float:
        """Shades of one whole: per cent of a fraction, or sizes of the threshold."""
        return 100.0 if self.relative else 1.0

    @property
    def decided(self) -> np.ndarray:
        """[T, T] booleans, edges whose verdict is decided."""
        return np.isfinite(self.mean) & ~self.undecided & ~self.unknown

    @property
    def limit_text(self) -> str:
        """Below what a change is harm: one threshold, or each column's."""
        first = threshold_text(self.kinds[0].threshold or 0.0, self.kinds[0])
        return first if self.relative else "its column's threshold"

    @property
    def uncertainty_known(self) -> bool:
        """Whether any edge has an interval."""
        return bool(np.isfinite(self.lower).any())


def _grid(tasks: list[str], edges: Iterable[tuple[str, str]]) -> np.ndarray:
    """[T, T] booleans, true at the edges."""
    place = positions(tasks)
    grid = np.zeros((len(tasks), len(tasks)), dtype=bool)
    for source, target in edges:
        grid[place[source], place[target]] = True
    return grid


def draw_marks(axes: "Axes", cells: Cells, side: float) -> None:
    """Hatch unknown cells, outline harmful ones, pale undecided ones and put a "?" into them.

    The marks are one artist a kind, with the group ids "unknown", "pale", "harmful", "harmful
    corner" and "undecided", so that 200 tasks are drawn quickly and an svg can be searched. Cells
    too small for an outline get a square when decidedly harmful, a ring when harmful but undecided,
    a dot when otherwise undecided ("harmful", "harmful undecided", "undecided").

    Args:
        axes: Cell (row, column) covers [column, column + 1] x [row, row + 1].
        cells: What is drawn.
        side: Side of a cell in points.
    """
    from matplotlib.patches import PathPatch

    if cells.unknown.any():
        axes.add_patch(PathPatch(_squares(cells.unknown, 0), gid="unknown", **_HATCH))
    pale = cells.undecided | cells.open_help
    if pale.any() and cells.decided.any():
        axes.add_patch(PathPatch(_squares(pale, 0), gid="pale", **_PALE))
    if side < _OUTLINED:
        open_harm = cells.harmful & cells.undecided
        _mark(axes, cells.harmful & ~cells.undecided, (0.5, 0.5), "s", 0.4 * side, "harmful")
        _mark(axes, open_harm, (0.5, 0.5), "o", 0.4 * side, "harmful undecided")
        _mark(axes, cells.undecided & ~cells.harmful, (0.5, 0.5), ".", 0.2 * side, "undecided")
        return
    if cells.harmful.any():
        width = frame_width(side)
        path = _squares(cells.harmful, 0.75 * width / side)
        axes.add_patch(PathPatch(path, gid="harmful", linewidth=width, **_OUTLINE))
    size = max(3.0, min(7.0, side / 8))
    # A corner's marks stand inside the outline, with a little air.
    corner = max(0.15, (1.25 * frame_width(side) + 0.5 * size + 1.0) / side)
    _mark(axes, cells.harmful, (corner + 0.01, corner), "v", size, "harmful corner")
    _mark(axes, cells.undecided, (1 - corner, corner + 0.01), "$?$", size, "undecided")


def frame_width(side: float) -> float:
    """Points that the outline of a harmful cell is wide; side in points."""
    return min(2.0, side / 16)


def _mark(
    axes: "Axes",
    where: np.ndarray,
    place: tuple[float, float],
    marker: str,
    size: float,
    gid: str,
) -> None:
    """One marker in every cell of `where`, at a place inside the cell; size in points."""
    rows, columns = np.nonzero(where)
    if len(rows) == 0:
        return
    axes.scatter(
        columns + place[0],
        rows + place[1],
        s=size**2,
        marker=marker,
        facecolors="none" if marker == "o" else INK,
        edgecolors=INK,
        linewidths=0.5 if marker == "o" else 0.3,
        zorder=3,
        gid=gid,
    )


def _squares(where: np.ndarray, inset: float) -> "Path":
    """The outlines of the cells of `where`, as one path."""
    from matplotlib.path import Path

    low, high = inset, 1 - inset
    corners = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    rows, columns = np.nonzero(where)
    origins = np.stack([columns, rows], axis=1)[:, None, :]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path((origins + corners).reshape(-1, 2), codes * len(rows))


def legend_entries(
    cells: Cells, side: float, *, short: bool = False, halves: bool = False
) -> "list[tuple[Artist | tuple[Artist, ...], str]]":
    """Legend handles and texts of the marks that occur, with their counts; side in points.

    Args:
        cells: What is drawn.
        side: Of a cell, in points.
        short: In few words.
        halves: Cells have half of their interval behind ±.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    edges = cells.mean.size - len(cells.mean)
    count = f"{cells.harmful.sum()} of {edges}"
    harmful = f"harmful: {count}" if short else f"harmful, change below {cells.limit_text}: {count}"
    why = " (no repeats)" if short else " (no repeats: no uncertainty known)"
    unrepeated = "" if cells.uncertainty_known else why
    entries: list[tuple[Artist | tuple[Artist, ...], str, Any]]
    if side < _OUTLINED:
        open_harm = (cells.harmful & cells.undecided).sum()
        other = cells.undecided.sum() - open_harm
        entries = [
            (_handle("s"), harmful, cells.harmful.any()),
            (_handle("o"), f"of these undecided: {open_harm}", open_harm > 0),
            (_handle("."), f"other undecided: {other}{unrepeated}", other > 0),
        ]
    else:
        undecided = f"undecided: {cells.undecided.sum()}{unrepeated}"
        entries = [
            ((Patch(linewidth=1.5, **_OUTLINE), _handle("v")), harmful, cells.harmful.any()),
            (_handle("$?$"), undecided, cells.undecided.any()),
        ]
    paler = Patch(facecolor=change_colors()(0.62), edgecolor="0.6", linewidth=0.5)
    unknown = Patch(**{**_HATCH, "linewidth": 0.5})
    entries += [
        # Of no mark: they are decidedly not harmful, which is what marks are about.
        (paler, f"paler, unmarked: help undecided: {cells.open_help.sum()}", cells.open_help.any()),
        (unknown, f"unknown: {cells.unknown.sum()} of {edges}", cells.unknown.any()),
        (Line2D([], [], linestyle="none"), cells.level, cells.level and not short),
        (Line2D([], [], linestyle="none"), "±: half of the interval", halves),
    ]
    return [(handle, text) for handle, text, occurs in entries if occurs]


def _handle(marker: str) -> "Artist":
    """A marker for the legend."""
    from matplotlib.lines import Line2D

    filled = "none" if marker == "o" else INK
    return Line2D([], [], marker=marker, markersize=4.5, linestyle="none", color=INK, mfc=filled)
