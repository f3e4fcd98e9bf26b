"""The change matrix as a heatmap: rows "trained with", columns "performance of"."""

from functools import partial
from typing import TYPE_CHECKING

from analysis.figures.color_end import color_end
from analysis.figures.figure_file import FigureFileError
from analysis.figures.fitting import fitted
from analysis.figures.heatmap_marks import Cells
from analysis.figures.heatmap_picture import SHORT_WIDTH, Picture
from analysis.figures.heatmap_texts import SecondLine
from analysis.figures.ordering import Order, comparable, task_order
from relations.errors import RelationsError, all_problems

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

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
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given. All that
            stands around the cells keeps inside these axes: where they are small, the key, the
            single-task scores and then the figures in the cells are left out.
        threshold: For the verdicts when no graph is given; the default is the method's.
        order: "given", or "cluster" for alike tasks side by side.
        limit: Fraction at which the colours end, of several units in sizes of the threshold; by
            default as above, 90 % of the changes within where it is not the largest.
        second_line: What stands below a change where there is room.
        title: Above the figure.
        legend: What the marks mean, below the cells; by default wherever there is room.
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
    picture = Picture(
        Cells.of(graph, places),
        [graph.tasks[place] for place in places],
        changes.baseline[places],
        changes.baseline_spread[places],
        color_end(graph) if limit is None else limit,
        second_line,
        title,
        font_size,
    )
    if ax is not None:
        return picture.inside(ax, legend)
    count = len(graph.tasks)
    side, alone = _cell_side(count), partial(picture.alone, legend=legend is not False)
    if width is None:
        return alone(side)
    least = min(side, _READ_SIDE if count <= _READ else _SMALLEST_SIDE)
    try:
        return fitted(alone, width, side, slope=count, least=least)
    except FigureFileError:
        return fitted(partial(alone, letters=SHORT_WIDTH), width, side, slope=count, least=least)


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
