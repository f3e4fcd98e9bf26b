"""What stands beside a relation graph's figure: kinds of edges, harmful groups, who harms most."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.figures.figure_file import figure_of
from analysis.figures.graph_parts import KINDS, group_letter
from analysis.figures.inside import keep_inside
from analysis.figures.labels import decided_text, in_lines, percent, plain
from analysis.harm_summary import Harm, Standing
from relations.errors import argument

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from relations.graph import RelationGraph

EdgesByKind = Mapping[str, Sequence[tuple[str, str]]]

# Texts that explain are by so much smaller than names.
SMALLER = 0.8
# Where a key stands.
Key = Literal["beside", "below", "none"]
# A key stands where it leaves the graph such a share of its usual size, or of the axes given.
_COMFORTABLE, _SHARE = 0.8, 0.55
# Discs and arrows get no smaller than this.
_SMALLEST = 0.35
# So many tasks are named of each list.
_NAMED = 5


def keys_of(*, legend: bool, beside: bool) -> tuple[Key, ...]:
    """Where the key may stand: as it is asked for, and where there is less room."""
    if not legend:
        return ("none",)
    return ("beside", "below", "none") if beside else ("below", "none")


def write_key(
    axes: "Axes", key: Key, handles: "list[Line2D]", beside: str, font_size: float
) -> None:
    """The kinds of edges, and with the key beside the graph a text about it."""
    if key == "beside":
        write_beside(axes, handles, beside, font_size)
    elif key == "below":
        write_below(axes, handles, font_size)


def inside_axes(
    axes: "Axes",
    draw: "Callable[[Axes, Key], Axes]",
    keys: Sequence[Key],
    *,
    usual: float,
    ratio: float = 1.0,
) -> "Axes":
    """Draw a graph inside axes that are given, with the key where there is room for it.

    Args:
        axes: In somebody else's figure.
        draw: Draws the graph with its key in one of its places.
        keys: These places, the best first.
        usual: Inches between the outer discs that are comfortable.
        ratio: Height as a share of the width.
    """

    def enough(wide: float, high: float) -> float:
        return min(_COMFORTABLE * usual, _SHARE * min(wide, high / ratio))

    def drawn(_: float, level: int) -> None:
        draw(axes, keys[level])

    keep_inside(axes, drawn, levels=len(keys), enough=enough, ratio=ratio)
    return axes


def scale_of(axes: "Axes", usual: float) -> float:
    """How large discs and arrows are drawn: smaller in axes that are smaller than usual."""
    wide = axes.get_window_extent().width / figure_of(axes).dpi
    return float(np.clip(wide / usual, _SMALLEST, 1))


def write_beside(axes: "Axes", handles: "list[Line2D]", text: str, font_size: float) -> None:
    """The legend to the right of the graph, below it a text, such as who harms most."""
    from matplotlib.transforms import ScaledTranslation

    reach = overhang(axes)[0] + 0.3
    right = axes.transAxes + ScaledTranslation(reach, 0, figure_of(axes).dpi_scale_trans)
    place = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0), "bbox_transform": right}
    legend = axes.legend(handles=handles, **place, **_legend_look(font_size))
    axes.annotate(
        plain(text),
        (0, 0),
        xycoords=legend,
        xytext=(0, -10),
        textcoords="offset points",
        va="top",
        fontsize=SMALLER * font_size,
        linespacing=1.35,
        gid="standing",
    )


def write_below(axes: "Axes", handles: "list[Line2D]", font_size: float) -> None:
    """The legend alone, below the names."""
    from matplotlib.transforms import ScaledTranslation

    figure = figure_of(axes)
    axes.apply_aspect(axes.get_position())
    box = axes.get_window_extent()
    names = [text.get_window_extent() for text in axes.texts if text.get_gid() == "name"]
    lowest = (min(name.y0 for name in names) - box.y0) / figure.dpi
    down = ScaledTranslation(0, lowest - 0.15, figure.dpi_scale_trans)
    place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0)}
    place["bbox_transform"] = axes.transAxes + down
    axes.legend(handles=handles, **place, **_legend_look(font_size))


def _legend_look(font_size: float) -> dict[str, Any]:
    return {
        "fontsize": SMALLER * font_size,
        "frameon": False,
        "borderaxespad": 0,
        "borderpad": 0,
        "handlelength": 3.2,
    }


def compact(beside: bool) -> str:
    """What makes a graph narrower, in the words of whoever draws it."""
    option = argument("compact", True)
    return (option if option.startswith("`--") else "`beside=False`") if beside else ""


def write_title(axes: "Axes", title: str, font_size: float) -> None:
    """The title above the names, in lines that reach little over the axes."""
    over, size = overhang(axes)[1], 1.2 * font_size
    wide = axes.get_window_extent().width / figure_of(axes).dpi
    text = plain(in_lines(title, wide + 0.1 * font_size, size))
    axes.set_title(text, pad=72 * over + 6, fontsize=size)


def overhang(axes: "Axes") -> tuple[float, float]:
    """How far the names reach beyond the right and the upper edge of the axes, in inches."""
    axes.apply_aspect(axes.get_position())
    box = axes.get_window_extent()
    names = [text.get_window_extent() for text in axes.texts if text.get_gid() == "name"]
    right, above = max(name.x1 for name in names), max(name.y1 for name in names)
    dpi = figure_of(axes).dpi
    return max(0.0, right - box.x1) / dpi, max(0.0, above - box.y1) / dpi


def legend_lines(graph: "RelationGraph", edges: EdgesByKind, drawn: EdgesByKind) -> "list[Line2D]":
    """The kinds of edges that occur, with how many of them are drawn."""
    from matplotlib.lines import Line2D

    lines, level = [], decided_text(graph)
    for kind, some in edges.items():
        if not some:
            continue
        style, shown = KINDS[kind], len(drawn[kind])
        count = f"{len(some)}" if shown == len(some) else f"{shown} of {len(some)} drawn"
        # As the page says it: of one seed there is no mean.
        text = style.text if level else f"{kind.split()[0]} by its value"
        label = f"{text}: {count}"
        lines.append(
            Line2D([], [], linewidth=1.8, color=style.color, linestyle=style.line, label=label)
        )
    level = level or "no repeats: no uncertainty known"
    lines.append(Line2D([], [], linestyle="none", label=level))
    for text, count in _not_drawn(graph, edges).items():
        if count:
            lines.append(Line2D([], [], linestyle="none", label=f"{text}: {count}"))
    return lines


def _not_drawn(graph: "RelationGraph", edges: EdgesByKind) -> dict[str, int]:
    """How many edges are of no kind that is drawn, by the reason."""
    listed = {edge for some in edges.values() for edge in some}
    reasons = {"within": 0, "left out": 0, "unknown": 0}
    for source, target, facts in graph.edges(data=True):
        if facts["verdict"] == "unknown":
            reasons["unknown"] += 1
        elif (source, target) not in listed:
            near = abs(facts["change"]) <= abs(graph.threshold_of(target)) * (1 + 1e-9)
            reasons["within" if near else "left out"] += 1
    return {
        f"not drawn, within {_limit(graph)}": reasons["within"],
        "not drawn, by choice": reasons["left out"],
        "unknown": reasons["unknown"],
    }


def _limit(graph: "RelationGraph") -> str:
    """The size of the threshold."""
    return "the target's threshold" if graph.mixed else f"±{-100 * graph.threshold:g} %"


def standing_lines(standing: Harm, names: Mapping[str, str]) -> list[str]:
    """The harm of a graph in a few lines.

    Args:
        standing: Who harms whom.
        names: Task -> its name in the picture, of all tasks.

    Example:
        >>> standing_lines(Harm((("a", "b"),), (), ()), {"a": "pose", "b": "reid"})
        ['Harmful groups', '  A  pose, reid', '']
    """
    decided = "decidedly " if standing.sure else ""
    if not (standing.groups or standing.sources):
        if standing.unknown and standing.unknown == standing.edges:
            return ["Nothing is known of any edge."]
        if standing.unknown:
            unknown = f"{standing.unknown} of {standing.edges} are unknown."
            return [f"No known edge is {decided}harmful.", unknown]
        return [f"No edge is {decided}harmful."]
    lines = []
    if standing.groups:
        lines += [f"{decided}harmful groups".capitalize()]
        for number, group in enumerate(standing.groups[:_NAMED]):
            lines += _wrapped(f"  {group_letter(number)}  ", [names[task] for task in group])
        lines += [*_more(len(standing.groups)), ""]
    for heading, standings in (
        (f"{decided}harm most".capitalize(), standing.sources),
        (f"{decided}suffer most".capitalize(), standing.targets),
    ):
        if standings:
            lines += [heading, *_listed(standings, names, mixed=standing.mixed), ""]
    return lines


def _listed(standings: Sequence[Standing], names: Mapping[str, str], *, mixed: bool) -> list[str]:
    """One line a task: its edges and the sum of their changes."""

    def average(standing: Standing) -> str:
        mean = standing.change / standing.edges
        return f"{percent(mean / 100)} thresholds" if mixed else f"{percent(mean)} %"

    lines = [
        f"  {names[standing.task]}: {standing.edges} edge{'s' if standing.edges > 1 else ''}, "
        f"{average(standing)} on average"
        for standing in standings[:_NAMED]
    ]
    return lines + _more(len(standings))


def _more(count: int) -> list[str]:
    """How many are not named."""
    return [f"  and {count - _NAMED} more"] if count > _NAMED else []


def _wrapped(start: str, names: Sequence[str]) -> list[str]:
    """Names joined by commas, in lines of about 44 characters; no name is broken."""
    import textwrap

    whole = ", ".join(name.replace(" ", "\u00a0") for name in names)
    return textwrap.wrap(
        whole,
        44,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        max_lines=6,
        break_long_words=False,
        break_on_hyphens=False,
    )
