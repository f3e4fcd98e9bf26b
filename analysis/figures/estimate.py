"""Estimates as pictures, in their own unit, so that they are not taken for measured changes."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.graph_parts import circle
from analysis.figures.labels import plain
from analysis.figures.palette import HARMFUL, INK, change_colors
from analysis.short_names import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.estimates.estimate import Estimate
    from relations.graph import RelationGraph

_LABEL_WIDTH = 24
_WRITTEN = 12  # up to so many tasks, the numbers stand in the cells


def estimate_heatmap(
    estimate: "Estimate", graph: "RelationGraph", *, title: str | None = None
) -> "Axes":
    """Draw an estimate's values; cells that the cut takes for harmful have a thick outline.

    Colours are symmetric about the cut. Unknown cells are empty and hatched.

    Args:
        estimate: T tasks.
        graph: Of the same estimate, see `relations.estimate_graph`.
        title: Above the figure.

    Returns:
        The axes, in a figure unknown to pyplot.
    """
    import seaborn
    from matplotlib.patches import Rectangle

    names = [plain(name) for name in shorten(list(estimate.tasks), _LABEL_WIDTH)]
    side = float(np.clip(10 / len(names), 0.15, 0.8))
    axes = new_axes(side * len(names) + 3.2, side * len(names) + 1.8)
    values = estimate.mean
    reach = np.nanmax(np.abs(values - graph.threshold), initial=1e-30)
    seaborn.heatmap(
        values,
        mask=np.isnan(values),
        vmin=graph.threshold - reach,
        vmax=graph.threshold + reach,
        cmap=change_colors(),
        square=True,
        annot=len(names) <= _WRITTEN,
        fmt="+.2g",
        annot_kws={"fontsize": 8, "color": INK},
        linewidths=0.5,
        xticklabels=names,
        yticklabels=names,
        cbar_kws={"label": _wrapped(estimate.unit), "shrink": 0.8},
        ax=axes,
    )
    place = {task: number for number, task in enumerate(estimate.tasks)}
    for source, target, facts in graph.edges(data=True):
        corner = place[target], place[source]
        if facts["verdict"] == "unknown":
            axes.add_patch(Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor="0.6"))
    for source, target in graph.harmful():
        corner = place[target], place[source]
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, linewidth=2, edgecolor=INK))
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    axes.set_title(plain(title or _heading("outlined", estimate, graph)), fontsize=9)
    return axes


def estimate_graph_plot(
    estimate: "Estimate", graph: "RelationGraph", *, title: str | None = None
) -> "Axes":
    """Draw the edges that the cut takes for harmful, dashed: none of them was measured.

    Args:
        estimate: T tasks.
        graph: Of the same estimate, see `relations.estimate_graph`.
        title: Above the figure.

    Returns:
        The axes, in a figure unknown to pyplot.
    """
    import networkx as nx

    axes = new_axes(6.0, 6.0)
    tasks = list(estimate.tasks)
    places = circle(tasks)
    nx.draw_networkx_nodes(
        graph, places, ax=axes, node_size=300, node_color="white", edgecolors=INK
    )
    nx.draw_networkx_edges(
        graph,
        places,
        ax=axes,
        edgelist=graph.harmful(),
        edge_color=HARMFUL,
        style="dashed",
        connectionstyle="arc3,rad=0.14",
        node_size=300,
    )
    outside = {task: 1.15 * place for task, place in places.items()}
    short = dict(zip(tasks, map(plain, shorten(tasks, _LABEL_WIDTH)), strict=True))
    nx.draw_networkx_labels(graph, outside, labels=short, ax=axes, font_size=9, clip_on=False)
    axes.set_axis_off()
    axes.margins(0.15)
    axes.set_title(plain(title or _heading("drawn", estimate, graph)), fontsize=9)
    return axes


def _heading(shown: str, estimate: "Estimate", graph: "RelationGraph") -> str:
    edges = int((estimate.n > 0).sum())
    return (
        f"estimate by {estimate.estimator}, not measured changes\n"
        f"{shown}: {len(graph.harmful())} of {edges} edges below {graph.threshold:.3g} "
        f"(cut: {graph.graph['estimate']['cut']})"
    )


def _wrapped(text: str) -> str:
    import textwrap

    return plain("\n".join(textwrap.wrap(text, 44)))
