"""The change matrix as a heatmap: rows "trained with", columns "performance of"."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.directions import kept_in_line
from analysis.figures.color_end import color_end
from analysis.figures.figure_file import FigureFileError
from analysis.figures.fitting import fitted, make_room, square_axes
from analysis.figures.heatmap_frame import (
    draw_bar,
    side_in,
    write_legend,
    write_names,
    write_scores,
    write_title,
)
from analysis.figures.heatmap_marks import Cells, draw_marks
from analysis.figures.heatmap_texts import SecondLine, write_changes
from analysis.figures.labels import plain, threshold_text
from analysis.figures.ordering import Order, comparable, task_order
from analysis.figures.palette import change_colors
from analysis.short_names import shorten
from relations.errors import RelationsError, all_problems

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

# Letters of a name, and where the figure would be too wide with them.
_LABEL_WIDTH, _SHORT_WIDTH = 26, 12
_SMALLEST_SIDE = 0.06
# Up to so many tasks, cells have room for their figures.
_READ, _READ_SIDE = 12, 0.3


def heatmap(
    changes: "ChangeMatrix",
    graph: "RelationGraph | None" = None,
    ax: "Axes | None" = None,
    *,
    threshold: float | None = None,
    order: Order = "given",
    limit: float | None = None,
    second_line: SecondLine = "interval",
    title: str | None = None,
    legend: bool | None = None,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw a change matrix: who was trained along (rows) and who got better or worse (columns).

    A harmful cell (mean change below the threshold) has a thick outline and a triangle, an
    undecided one a "?" and a paler colour, an unknown one is hatched: none of them needs colour.
    Intervals are those the verdicts are read from, corrected for the number of edges. Where some
    changes are absolute or standardised, every column names its unit and threshold, and the colours
    stand for sizes of the column's own threshold, so that one colour is the same harm everywhere.
    The colours are symmetric about 0 and reach to the largest decided change of up to twelve tasks;
    of more, or where none is decided, few changes may lie beyond their limit, which the colour bar
    says. Figures give way where cells get small: intervals above about 8 tasks, the changes above
    about 30.

    Args:
        changes: T tasks.
        graph: The verdicts; made from `changes` when it is not given.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        threshold: For the verdicts when no graph is given; the default is the method's.
        order: "given", or "cluster" for alike tasks side by side.
        limit: Fraction at which the colours end, of several units in sizes of the threshold; by
            default as above, 90 % of the changes within where it is not the largest.
        second_line: What stands below a change where there is room.
        title: Above the figure.
        legend: What the marks mean, below the figure; by default in figures of its own only.
        width: See `change_plot`.
        font_size: Of task names in points; the other texts are a little smaller. 7 goes with 3.3
            inches.

    Returns:
        The axes; `analysis.save(axes, "heatmap.pdf")` writes them. Nothing is shown.

    Raises:
        RelationsError: The graph has other tasks, or comes with a threshold; a width comes with
            axes, or is too small.

    Cost: 200 tasks take about 2 s.
    """
    if width is not None and ax is not None:
        raise FigureFileError("`width` is of a figure of its own; leave `width` or `ax` out.")
    graph = _graph(changes, graph, threshold)
    places = task_order(comparable(graph), order)
    cells = Cells.of(graph, places)
    tasks = [graph.tasks[place] for place in places]
    end = color_end(graph) if limit is None else limit

    def drawn(axes: "Axes", side: float, letters: int = _LABEL_WIDTH) -> "Axes":
        _paint(axes, cells, side, end, font_size)
        write_names(axes, *_names(cells, tasks, letters), side, font_size)
        write_scores(
            axes, changes.baseline[places], changes.baseline_spread[places], side, font_size
        )
        write_changes(axes, cells, side, second_line, font_size)
        draw_marks(axes, cells, side * 72)
        if title:
            write_title(axes, title, side * len(tasks), font_size)
        return axes

    def alone(side: float, letters: int = _LABEL_WIDTH) -> "Axes":
        square = side * len(tasks)
        axes = drawn(square_axes(square), side, letters)
        make_room(axes, square)
        if legend is not False:
            make_room(axes, square, below=write_legend(axes, cells, side, font_size))
        return axes

    if ax is not None:
        drawn(ax, side_in(ax, len(tasks)))
        if legend:
            write_legend(ax, cells, side_in(ax, len(tasks)), font_size)
        return ax
    side = _cell_side(len(tasks))
    if width is None:
        return alone(side)
    least = min(side, _READ_SIDE if len(tasks) <= _READ else _SMALLEST_SIDE)
    try:
        return fitted(alone, width, side, slope=len(tasks), least=least)
    except FigureFileError:
        short = partial(alone, letters=_SHORT_WIDTH)
        return fitted(short, width, side, slope=len(tasks), least=least)


def _names(cells: Cells, tasks: list[str], letters: int) -> tuple[list[str], list[str]]:
    """What stands beside the rows and below the columns, which may name their units."""
    labels = [plain(name) for name in shorten(tasks, letters)]
    if cells.relative:
        return labels, labels
    limits = [threshold_text(kind.threshold or 0.0, kind) for kind in cells.kinds]
    named = zip(map(kept_in_line, labels), limits, strict=True)
    return labels, [f"{name} [{limit}]" for name, limit in named]


def _graph(
    changes: "ChangeMatrix", graph: "RelationGraph | None", threshold: float | None
) -> "RelationGraph":
    """The verdicts, from the graph given or made."""
    from relations.graph import DEFAULT_HARM_THRESHOLD, RelationGraph

    if graph is None:
        return RelationGraph.from_changes(
            changes, threshold=DEFAULT_HARM_THRESHOLD if threshold is None else threshold
        )
    problems = []
    if threshold is not None:
        problems.append("`threshold` is the graph's when a graph is given; leave one of them out.")
    if graph.tasks != changes.tasks:
        problems.append(
            f"the graph's tasks are {', '.join(graph.tasks)}, "
            f"the change matrix's are {', '.join(changes.tasks)}."
        )
    if problems:
        raise RelationsError(all_problems("The heatmap cannot be drawn", problems))
    return graph


def _cell_side(count: int) -> float:
    """Side of a cell in inches: large for few tasks, so that 200 still fit on a page."""
    if count <= 5:
        return 0.92
    if count <= 8:
        return 0.82
    if count <= 16:
        return 0.55
    return max(0.06, min(0.38, 10 / count))


def _paint(axes: "Axes", cells: Cells, side: float, limit: float, font_size: float) -> None:
    """The coloured cells and the colour bar."""
    import seaborn

    known, shades = np.isfinite(cells.mean), cells.shades
    below = bool((shades[known] < -cells.unit * limit).any())
    above = bool((shades[known] > cells.unit * limit).any())
    # The background shows on the diagonal; unknown cells are painted over it.
    axes.set_facecolor("0.88")
    seaborn.heatmap(
        shades,
        mask=~known,
        vmin=-cells.unit * limit,
        vmax=cells.unit * limit,
        cmap=change_colors(),
        square=True,
        linewidths=0.5 if len(cells.mean) <= 60 else 0,
        linecolor="white",
        xticklabels=False,
        yticklabels=False,
        cbar=False,
        rasterized=len(cells.mean) > 60,  # as vectors, 40,000 cells are slow in every viewer
        ax=axes,
    )
    ends = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[below, above]
    draw_bar(axes, cells, side, limit, ends, font_size)
