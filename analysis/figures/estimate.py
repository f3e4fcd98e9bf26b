"""Estimates as pictures, in their own unit, so that they are not taken for measured changes."""

import textwrap
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import sized
from analysis.figures.graph import SMALLEST, own_axes, usual_size
from analysis.figures.graph_parts import circle, draw_tasks, node_size
from analysis.figures.graph_texts import overhang
from analysis.figures.heatmap_frame import text_width, write_names
from analysis.figures.labels import plain
from analysis.figures.palette import HARMFUL, INK, change_colors
from analysis.figures.room import arrange
from analysis.harm_summary import Harm
from analysis.short_names import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.estimates.estimate import Estimate
    from relations.graph import RelationGraph

_LABEL_WIDTH = 24
# Up to so many tasks the numbers stand in the cells, where they can be read in points.
_WRITTEN, _READ = 12, 4.5


def estimate_heatmap(
    estimate: "Estimate",
    graph: "RelationGraph",
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw an estimate's values; cells that the cut takes for harmful have a thick outline.

    Colours are symmetric about the cut. Unknown cells are empty and hatched.

    Args:
        estimate: T tasks.
        graph: Of the same estimate, see `relations.estimate_graph`.
        title: Above the figure.
        width: Of the saved figure in inches; as wide as is comfortable when it is not given.
        font_size: Of the names of tasks in points.

    Returns:
        The axes, in a figure unknown to pyplot.

    Raises:
        FigureFileError: The figure cannot be so narrow.
    """
    names = [plain(name) for name in shorten(estimate.tasks, _LABEL_WIDTH)]
    count = len(names)
    around = text_width(names, font_size) / 72 + 0.15 * font_size

    def draw(axes: "Axes") -> "Axes":
        _paint(axes, estimate, graph, sides[-1], font_size)
        write_names(axes, names, names, sides[-1], font_size)
        axes.set_xlabel("target", fontsize=font_size)
        axes.set_ylabel("source", fontsize=font_size)
        heading = plain(title or _heading("outlined", estimate, graph))
        axes.set_title(heading, fontsize=0.9 * font_size)
        arrange(axes, font_size, own=True)
        return axes

    sides: list[float] = []

    def own(square: float) -> "Axes":
        sides.append(square / count)
        return new_axes(square + around, square + around)

    usual = count * float(np.clip(10 / count, 0.15, 0.8))
    return sized(draw, None, own, width, wide=usual, least=min(usual, 1.0))


def _paint(
    axes: "Axes", estimate: "Estimate", graph: "RelationGraph", side: float, font_size: float
) -> None:
    """The cells, the colour bar, outlines of harmful cells and hatches of unknown ones."""
    import seaborn
    from matplotlib.patches import Rectangle

    values = estimate.mean
    reach = np.nanmax(np.abs(values - graph.threshold), initial=1e-30)
    size = min(0.8 * font_size, 72 * side / 4.4)
    seaborn.heatmap(
        values,
        mask=np.isnan(values),
        vmin=graph.threshold - reach,
        vmax=graph.threshold + reach,
        cmap=change_colors(),
        square=True,
        annot=len(values) <= _WRITTEN and size >= _READ,
        fmt="+.2g",
        annot_kws={"fontsize": size, "color": INK},
        linewidths=0.5,
        xticklabels=False,
        yticklabels=False,
        cbar_kws={"shrink": 0.8},
        ax=axes,
    )
    bar = axes.collections[0].colorbar
    assert bar is not None
    bar.set_label(_wrapped(estimate.unit, side * len(values), font_size), fontsize=0.8 * font_size)
    bar.ax.tick_params(labelsize=0.8 * font_size)
    place = {task: number for number, task in enumerate(estimate.tasks)}
    for source, target, facts in graph.edges(data=True):
        corner = place[target], place[source]
        if facts["verdict"] == "unknown":
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor="0.6"))
    for source, target in graph.harmful():
        corner = place[target], place[source]
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, linewidth=2, edgecolor=INK))


def estimate_graph_plot(
    estimate: "Estimate",
    graph: "RelationGraph",
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw the edges that the cut takes for harmful, dashed: none of them was measured.

    Args:
        estimate: T tasks.
        graph: Of the same estimate, see `relations.estimate_graph`.
        title: Above the figure.
        width: Of the saved figure in inches; as wide as is comfortable when it is not given.
        font_size: Of the names of tasks in points.

    Returns:
        The axes, in a figure unknown to pyplot.

    Raises:
        FigureFileError: The figure cannot be so narrow.
    """
    tasks = list(estimate.tasks)

    def draw(axes: "Axes") -> "Axes":
        _draw(axes, graph, tasks, font_size)
        heading = plain(title or _heading("drawn", estimate, graph))
        pad = 72 * overhang(axes)[1] + 6
        axes.set_title(heading, fontsize=0.9 * font_size, pad=pad)
        arrange(axes, font_size, own=True)
        return axes

    own = partial(own_axes, tasks, 0, font_size)
    return sized(draw, None, own, width, wide=usual_size(len(tasks)), least=SMALLEST)


def _draw(axes: "Axes", graph: "RelationGraph", tasks: list[str], font_size: float) -> None:
    """The tasks on a circle, and the edges."""
    import networkx as nx

    places = circle(tasks)
    nx.draw_networkx_edges(
        graph,
        places,
        ax=axes,
        edgelist=graph.harmful(),
        edge_color=HARMFUL,
        style="dashed",
        connectionstyle="arc3,rad=0.14",
        node_size=node_size(len(tasks)),
        min_target_margin=3,
    )
    draw_tasks(axes, tasks, places, Harm((), (), ()), font_size)
    axes.set_axis_off()
    axes.set_aspect("equal")


def _heading(shown: str, estimate: "Estimate", graph: "RelationGraph") -> str:
    edges = int((estimate.n > 0).sum())
    return (
        f"estimate by {estimate.estimator}, not measured changes\n"
        f"{shown}: {len(graph.harmful())} of {edges} edges below {graph.threshold:.3g} "
        f"(cut: {graph.graph['estimate']['cut']})"
    )


def _wrapped(text: str, inches: float, size: float) -> str:
    most = max(20, int(72 * inches / (0.45 * size)))
    return plain("\n".join(textwrap.wrap(text, most)))
