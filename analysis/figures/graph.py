"""The relation graph as a figure: who harms and who helps whom."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.fitting import sized
from analysis.figures.graph_parts import (
    FLAT,
    KINDS,
    bend,
    circle,
    draw_tasks,
    name_size,
    node_size,
    short_names,
    turned,
    write_changes,
)
from analysis.figures.graph_texts import (
    Key,
    compact,
    inside_axes,
    keys_of,
    legend_lines,
    scale_of,
    standing_lines,
    write_key,
    write_title,
)
from analysis.figures.grouped_graph import grouped_graph
from analysis.figures.ordering import Order, comparable, task_order
from analysis.harm_summary import harm
from analysis.helpful import helpful_edges
from analysis.task_groups import task_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from relations.graph import RelationGraph

Edge = tuple[str, str]

# Inches between the outer discs, below which no edge can be followed.
SMALLEST = 1.0
# Of more, groups are drawn.
MOST_TASKS = 40
# Up to so many tasks, the changes stand on the edges.
_WRITTEN = 4


def graph_plot(
    graph: "RelationGraph",
    ax: "Axes | None" = None,
    *,
    undecided: bool = True,
    helpful: bool = True,
    most: int | None = None,
    order: Order = "given",
    title: str | None = None,
    legend: bool = True,
    beside: bool = True,
    all_tasks: bool = False,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw a relation graph: tasks on a circle, an arrow from source to target for each relation.

    Harmful edges (mean change below the threshold) are solid with a full head, helpful ones (mean
    change above the threshold's size, interval above 0) dotted with an open head, undecided ones
    dashed when harmful by the mean and dash-dotted when helpful; the width grows with the change,
    in sizes of the target's threshold. Changes nearer to zero are not drawn. Of many edges the
    largest are drawn, and the legend says how many there are. Tasks of one harmful group (strongly
    connected along harmful edges) carry its letter; beside the graph stand the groups and the
    tasks that harm and suffer most. The layout is the same for the same tasks.

    More than 40 tasks would be a ball of arrows: of these, a disc stands for a group of tasks that
    harm each other, beside it its number of tasks and those with most
    harm, and an arrow for all harmful edges from one group to another, with their number and the
    largest change.

    Args:
        graph: T tasks.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        undecided: Whether undecided edges are drawn, dashed, and count in what stands beside.
        helpful: Whether helpful edges are drawn.
        most: Most harmful edges, and twice as many as the helpful ones; by default 1.5 a task, at
            least 24.
        order: Of the tasks on the circle: "given", or "cluster" for alike tasks side by side.
        title: Above the figure.
        legend: Whether the kinds of edges are explained.
        beside: Whether the groups and the tasks that harm and suffer most stand beside the graph;
            without them, and where axes that are given have no room for them, the legend stands
            below it.
        all_tasks: Draw every task, however many there are.
        width: See `change_plot`.
        font_size: Of task names in points, of up to 22 tasks; other texts are a little smaller.

    Returns:
        The axes; `analysis.save(axes, "graph.pdf")` writes them. Nothing is shown.

    Raises:
        RelationsError: `order` is none of the above; a width comes with axes, or is too small.
    """
    if len(graph.tasks) > MOST_TASKS and not all_tasks and graph.harmful(sure=not undecided):
        groups = task_groups(graph, sure=not undecided)
        look = {"title": title, "legend": legend, "beside": beside, "font_size": font_size}
        return grouped_graph(graph, groups, ax, width=width, **look)
    tasks = _ordered(graph, order)
    places = circle(tasks)
    standing = harm(graph, sure=not undecided)
    edges = drawn_edges(graph, undecided=undecided, helpful=helpful)
    most = max(24, 3 * len(tasks) // 2) if most is None else most
    drawn = _largest(graph, edges, most)
    said = standing_lines(standing, short_names(tasks))
    handles, usual = legend_lines(graph, edges, drawn), usual_size(len(tasks))
    keys = keys_of(legend=legend, beside=beside)

    def drawn_in(axes: "Axes", key: Key) -> "Axes":
        scale = scale_of(axes, usual)
        for kind in reversed(KINDS):  # harmful edges on top
            _draw_edges(axes, graph, kind, drawn[kind], places, scale)
        draw_tasks(axes, tasks, places, standing, font_size, scale)
        if len(tasks) <= _WRITTEN:
            written = [edge for some in drawn.values() for edge in some]
            write_changes(axes, graph, written, places, font_size)
        if title:
            write_title(axes, title, font_size)
        write_key(axes, key, handles, "\n".join(said), font_size)
        return axes

    if ax is not None and width is None:
        ratio = FLAT if len(tasks) == 2 else 1.0
        return inside_axes(ax, drawn_in, keys, usual=usual, ratio=ratio)
    own = partial(
        own_axes, tasks, len(said) + len(KINDS) + 2 if legend and beside else 0, font_size
    )
    draw = partial(drawn_in, key=keys[0])
    return sized(draw, ax, own, width, wide=usual, least=SMALLEST, instead=compact(beside))


def drawn_edges(
    graph: "RelationGraph", *, undecided: bool = True, helpful: bool = True
) -> dict[str, list[Edge]]:
    """The edges worth drawing by kind, the largest change first.

    Args:
        graph: The relations.
        undecided: False leaves undecided edges out.
        helpful: False leaves helpful edges out.

    Returns:
        Edges under "harmful", "harmful undecided", "helpful" and "helpful undecided".
    """
    edges: dict[str, list[Edge]] = {kind: [] for kind in KINDS}
    sure = {edge: graph.edges[edge]["verdict"] == "harmful" for edge in graph.harmful()}
    helps = helpful_edges(graph) if helpful else {}
    for effect, found in (("harmful", sure), ("helpful", helps)):
        for edge, decided in found.items():
            if decided or undecided:
                edges[effect if decided else f"{effect} undecided"].append(edge)
    size = _size_of(graph)
    for some in edges.values():
        some.sort(key=lambda edge: -size(edge))
    return edges


def _size_of(graph: "RelationGraph") -> "Callable[[Edge], float]":
    """How large the change of an edge is, in sizes of its target's threshold."""
    sizes = graph.sizes()
    return lambda edge: abs(graph.edges[edge]["change"]) / sizes[edge[1]]


def _largest(
    graph: "RelationGraph", edges: dict[str, list[Edge]], most: int
) -> dict[str, list[Edge]]:
    """Of the harmful edges the `most` largest, decided or not, and half as many helpful ones."""
    drawn: dict[str, list[Edge]] = {}
    size = _size_of(graph)
    for effect, count in (("harmful", most), ("helpful", most // 2)):
        kinds = [kind for kind in edges if kind.startswith(effect)]
        both = sorted(
            (edge for kind in kinds for edge in edges[kind]),
            key=lambda edge: -size(edge),
        )
        kept = set(both[:count])
        drawn |= {kind: [edge for edge in edges[kind] if edge in kept] for kind in kinds}
    return drawn


def _ordered(graph: "RelationGraph", order: Order) -> list[str]:
    """The tasks in the order in which they go round the circle."""
    return [graph.tasks[place] for place in task_order(comparable(graph), order)]


def usual_size(count: int) -> float:
    """Inches between the outer discs of so many tasks that are comfortable."""
    return float(np.clip(0.13 * count + 2.4, 2.6, 8.5))


def own_axes(tasks: list[str], lines: int, font_size: float, wide: float) -> "Axes":
    """Axes in a figure of their own that has room for the names and `lines` lines beside them."""
    from matplotlib.figure import Figure

    high = wide * FLAT if len(tasks) == 2 else wide
    gap = np.sqrt(node_size(len(tasks))) / 144 + 0.15
    shown = max(map(len, short_names(tasks).values()))
    names = 0.64 * name_size(len(tasks), font_size) * shown / 72 + gap
    above = names if turned(len(tasks)) else gap + 0.2
    text = font_size / 10
    size = np.array([wide + 2 * names + (3.4 * text if lines else 0), high + 2 * above + 0.3])
    size[1] = max(size[1], 0.165 * text * lines + 0.4)
    # Placed by hand: constrained layout cuts names where the aspect is fixed.
    bottom = (size[1] - high - 0.3) / 2
    return Figure(figsize=tuple(size)).add_axes(
        (names / size[0], bottom / size[1], wide / size[0], high / size[1])
    )


def _draw_edges(
    axes: "Axes",
    graph: "RelationGraph",
    kind: str,
    edges: list[Edge],
    places: dict,
    scale: float,
) -> None:
    """The arrows of one kind; both directions of a pair bend apart."""
    import networkx as nx

    if not edges:
        return
    style = KINDS[kind]
    size = _size_of(graph)
    # The square root, because a relation of 50 % beside one of 2 % must leave both visible.
    widths = np.clip(0.9 * np.sqrt([size(edge) for edge in edges]), 0.7, 5.0)
    widths = scale * widths * (0.6 if len(places) > 16 else 1)
    bends = np.array([bend(places[a], places[b], len(places)) for a, b in edges])
    for bent in np.unique(bends)[::-1]:
        here = np.flatnonzero(bends == bent)
        arrows = nx.draw_networkx_edges(
            graph,
            places,
            ax=axes,
            edgelist=[edges[i] for i in here],
            width=list(widths[here]),
            edge_color=style.color,
            style=style.line,
            arrows=True,
            arrowstyle=style.head,
            arrowsize=list(_heads(widths[here], len(places), scale)),
            connectionstyle=f"arc3,rad={bent}",
            node_size=scale**2 * node_size(len(places)),
            min_source_margin=2,
            min_target_margin=3,
        )
        for arrow in arrows:
            arrow.set_gid(kind)
            arrow.set_joinstyle("miter")  # a pointed head, whatever the width of its line


def _heads(widths: "np.ndarray", tasks: int, scale: float) -> "np.ndarray":
    """Sizes of heads in points: those of thick lines are larger, or would hide in them."""
    return scale * (14 if tasks <= 16 else 8) + 3 * np.maximum(widths - 1.5 * scale, 0)
