"""The change matrix as a heatmap: rows "trained with", columns "performance of"."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import figure_of, new_axes
from analysis.figures.heatmap_marks import Cells, draw_marks, legend_entries
from analysis.figures.heatmap_texts import SecondLine, write_changes
from analysis.figures.labels import plain, score_digits, shorten, spread_text, threshold_text
from analysis.figures.ordering import Order, comparable, task_order
from analysis.figures.palette import INK, change_colors, color_limit
from relations.errors import RelationsError, all_problems

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.graph import RelationGraph
    from relations.statistics.change_matrix import ChangeMatrix

_LABEL_WIDTH = 26
# Of axes that are given, the colour bar and the labels take a part.
_SHARE = 0.8
# Thickness of the colour bar in inches.
_BAR = 0.18


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
) -> "Axes":
    """Draw a change matrix: who was trained along (rows) and who got better or worse (columns).

    A harmful cell (mean change below the threshold) has a thick outline and a triangle, an
    undecided one a "?", an unknown one is hatched: none of them needs colour. Intervals are those
    the verdicts are read from, corrected for the number of edges. Where some changes are absolute
    or standardised, every column names its unit and threshold, and the colours stand for sizes of
    the column's own threshold, so that one colour is the same harm everywhere. The colours are
    symmetric about 0; few changes may lie beyond their limit, which the colour bar says. Figures
    give way where cells get small: intervals above about 8 tasks, the changes above about 30.

    Args:
        changes: T tasks.
        graph: The verdicts; made from `changes` when it is not given.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        threshold: For the verdicts when no graph is given; the default is the method's.
        order: "given", or "cluster" for alike tasks side by side.
        limit: Fraction at which the colours end, of several units in sizes of the threshold; by
            default 90 % of the changes lie within.
        second_line: What stands below a change where there is room.
        title: Above the figure.
        legend: What the marks mean, below the figure; by default in figures of its own only.

    Returns:
        The axes; `analysis.save(axes, "heatmap.pdf")` writes them. Nothing is shown.

    Raises:
        RelationsError: The graph has other tasks, or comes with a threshold.

    Cost: 200 tasks take about 2 s.
    """
    graph = _graph(changes, graph, threshold)
    places = task_order(comparable(graph), order)
    cells = Cells.of(graph, places)
    tasks = [graph.tasks[place] for place in places]
    labels = [plain(name) for name in shorten(tasks, _LABEL_WIDTH)]
    columns = labels
    if not cells.relative:
        limits = [threshold_text(kind.threshold or 0.0, kind) for kind in cells.kinds]
        columns = [f"{name} [{limit}]" for name, limit in zip(labels, limits, strict=True)]
    own = ax is None
    side = _cell_side(len(tasks))
    axes = _own_axes(columns, side) if ax is None else ax
    if not own:
        box = axes.get_window_extent()
        room = min(box.width, box.height) / figure_of(axes).dpi
        side = _SHARE * room / len(tasks)
    _paint(axes, cells, side, _limit(cells) if limit is None else limit)
    _label(axes, labels, columns, side)
    _scores(axes, changes.baseline[places], changes.baseline_spread[places], side)
    write_changes(axes, cells, side, second_line)
    draw_marks(axes, cells, side * 72)
    if title:
        axes.set_title(plain(title))
    if own if legend is None else legend:
        _legend(axes, cells, side, grow=own)
    return axes


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


def _own_axes(labels: list[str], side: float) -> "Axes":
    """Axes in a figure with room for the labels, the colour bar and the legend."""
    square, (size, _, turned) = side * len(labels), _label_style(labels, side)
    longest = _text_width(labels, size) / 72
    return new_axes(square + longest + 1.4, square + (longest if turned else 0.2) + 1.3)


def _limit(cells: Cells) -> float:
    """Where the colours end: a fraction, or in sizes of the threshold."""
    return color_limit(cells.mean) if cells.relative else color_limit(cells.shades, least=2.0)


def _paint(axes: "Axes", cells: Cells, side: float, limit: float) -> None:
    """The coloured cells and the colour bar."""
    import seaborn

    known, shades = np.isfinite(cells.mean), cells.shades
    unit = 100 if cells.relative else 1
    below = bool((shades[known] < -unit * limit).any())
    above = bool((shades[known] > unit * limit).any())
    # The background shows on the diagonal; unknown cells are painted over it.
    axes.set_facecolor("0.88")
    seaborn.heatmap(
        shades,
        mask=~known,
        vmin=-unit * limit,
        vmax=unit * limit,
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
    _draw_bar(axes, cells, side, limit, ends)


def _draw_bar(axes: "Axes", cells: Cells, side: float, limit: float, ends: str) -> None:
    """The colour bar; `ends` says on which sides changes lie beyond it."""
    end = f"{100 * limit:g} %" if cells.relative else f"{limit:g}"
    note = f"\nbeyond ±{end} the colour stays the same" if ends != "neither" else ""
    square = max(side * len(cells.mean), 1.0)
    length = min(0.9, 4.5 / square)
    # Inset axes keep to the square; a bar of its own would be as high as the axes were given.
    place = axes.inset_axes((1 + 0.12 / square, (1 - length) / 2, _BAR / square, length))
    place.set_gid("color bar")
    bar = figure_of(axes).colorbar(
        axes.collections[0],
        cax=place,
        extend=ends,
        extendfrac=0.04,
    )
    scale = "[%]" if cells.relative else "in sizes of its column's threshold"
    bar.set_label(f"change of the target's score {scale}{note}", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    bar.ax.yaxis.set_major_formatter(
        lambda change, _: f"{change:+g}".replace("-", "−") if abs(change) > 1e-9 else "0"
    )
    line = 100 * (cells.kinds[0].threshold or 0.0) if cells.relative else -1.0
    bar.ax.axhline(line, color=INK, linewidth=1.2)


def _text_width(texts: list[str], size: float) -> float:
    """About the width in points of the longest text."""
    return 0.62 * size * max(map(len, texts))


def _label_style(labels: list[str], side: float) -> tuple[float, int, bool]:
    """Font size in points, every how many tasks are named, and whether columns are turned."""
    size = min(10.0, max(5.0, 0.75 * 72 * side))
    step = int(np.ceil(1.05 * size / (72 * side)))
    return size, step, _text_width(labels, size) > 0.95 * 72 * side * step


def _label(axes: "Axes", labels: list[str], columns: list[str], side: float) -> None:
    """Task names on both axes; in small cells every second or third."""
    size, step, turned = _label_style(columns, side)
    places = np.arange(0, len(labels), step) + 0.5
    axes.set_xticks(places, columns[::step], rotation=90 if turned else 0, fontsize=size)
    axes.set_yticks(places, labels[::step], rotation=0, fontsize=size)
    axes.tick_params(length=2 if step > 1 else 0)
    limits = "" if columns == labels else " [below which it is harm]"
    axes.set_xlabel(f"performance of{limits}", fontsize=10)
    axes.set_ylabel("trained with", fontsize=10)


def _scores(axes: "Axes", scores: np.ndarray, spreads: np.ndarray, side: float) -> None:
    """Single-task scores of the targets along the upper edge, where they are known and fit.

    Their spread over seeds stands below them, beside them where they are turned.
    """
    size = min(8.0, 0.72 * 72 * side)
    if not np.isfinite(scores).any() or size < 5:
        return
    digits = score_digits(scores)
    means = [f"{score:.{digits}f}" if np.isfinite(score) else "" for score in scores]
    beside = [spread_text(spread) for spread in spreads.tolist()]
    turned = _text_width([*means, *beside], size) > 0.95 * 72 * side
    between = " " if turned else "\n"
    texts = [between.join(filter(None, pair)) for pair in zip(means, beside, strict=True)]
    edge = axes.secondary_xaxis("top")
    edge.set_gid("single-task scores")
    edge.set_xticks(np.arange(len(texts)) + 0.5, texts, rotation=90 if turned else 0, fontsize=size)
    edge.tick_params(length=0)
    edge.spines["top"].set_visible(False)
    what = ", ± standard deviation of a seed" if any(beside) else ""
    edge.set_xlabel(f"single-task score{what}", fontsize=8)


def _legend(axes: "Axes", cells: Cells, side: float, *, grow: bool) -> None:
    """What the marks mean, below the figure, which may grow by as much."""
    entries = legend_entries(cells, side * 72)
    if entries:
        figure = figure_of(axes)
        columns = 1 if len(cells.mean) < 4 else 2 if len(cells.mean) < 8 else 4
        if grow:
            rows = np.ceil(len(entries) / columns)
            figure.set_figheight(figure.get_figheight() + 0.16 * rows + 0.25)
        figure.legend(
            handles=[handle for handle, _ in entries],
            labels=[label for _, label in entries],
            loc="outside lower center",
            ncols=columns,
            fontsize=8,
            frameon=False,
            borderpad=0.5,
        )
