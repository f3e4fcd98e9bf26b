"""The relation graph of many tasks: a disc a group, an arrow all harm between two groups."""

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import figure_of
from analysis.figures.fitting import sized
from analysis.figures.graph_parts import Places, bend, circle, disc_boxes, group_letter, write_along
from analysis.figures.graph_texts import (
    SMALLER,
    Key,
    compact,
    inside_axes,
    keys_of,
    write_key,
    write_title,
)
from analysis.figures.grouped_graph_texts import (
    edge_text,
    group_lines,
    grouped_legend,
    said_of_groups,
)
from analysis.figures.labels import plain
from analysis.figures.palette import HARMFUL, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from analysis.task_groups import HarmBetween, TaskGroups
    from relations.graph import RelationGraph

# Inches between the outer discs: comfortable, and below which no arrow can be followed.
_WIDE, _SMALLEST = 4.2, 1.3
# So many arrows a group are drawn, those with most harm, and so many have their numbers.
_ARROWS, _NUMBERS = 2, 10
# Discs so near to the middle have their texts above or below them.
_CENTRED = 0.2


def grouped_graph(
    graph: "RelationGraph",
    groups: "TaskGroups",
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    legend: bool = True,
    beside: bool = True,
    width: float | None = None,
    font_size: float = 10.0,
) -> "Axes":
    """Draw a graph's harm between groups of its tasks.

    Args:
        graph: The relations.
        groups: Of its tasks.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        legend: Whether it is explained.
        beside: Whether the harm within groups stands beside it.
        width: Of the saved figure in inches.
        font_size: Of the names in points.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: The figure cannot be so narrow.
    """
    labels = group_lines(graph, groups)
    places = circle([group_letter(number) for number in range(len(labels))])
    drawn = groups.between[: _ARROWS * len(labels)]
    handles = grouped_legend(graph, groups, drawn)
    said = said_of_groups(graph, groups)

    keys = keys_of(legend=legend, beside=beside)

    def drawn_in(axes: "Axes", key: Key) -> "Axes":
        wide = axes.get_window_extent().width / figure_of(axes).dpi
        sides = disc_sides(groups, wide)
        _draw_arrows(axes, sides, drawn, places, wide)
        _draw_groups(axes, sides, labels, places, font_size)
        axes.set_axis_off()
        _write_numbers(axes, graph, drawn[:_NUMBERS], places, font_size)
        if title:
            write_title(axes, title, font_size)
        write_key(axes, key, handles, said, font_size)
        return axes

    if ax is not None and width is None:
        return inside_axes(ax, drawn_in, keys, usual=_WIDE)

    lines = (said.count("\n") + len(handles) + 2) if legend and beside else 0
    own = partial(_own_axes, labels, lines, font_size)
    instead = compact(beside)
    draw = partial(drawn_in, key=keys[0])
    return sized(draw, ax, own, width, wide=_WIDE, least=_SMALLEST, instead=instead)


def disc_sides(groups: "TaskGroups", wide: float) -> np.ndarray:
    """[G] diameter of each group's disc in points, by its number of tasks.

    Args:
        groups: The groups.
        wide: Inches that the circle of discs is wide.
    """
    counts = np.array([len(group) for group in groups.groups], dtype=float)
    return np.clip(5 * np.sqrt(counts), 11.5, 36) * np.clip(wide / _WIDE, 0.6, 1)


def _draw_groups(
    axes: "Axes", sides: np.ndarray, labels: list[str], places: Places, font_size: float
) -> None:
    """Discs with the letters of the groups, and what they are outside the circle."""
    axes.scatter(
        *np.array(list(places.values())).T,
        s=sides**2,
        facecolors="white",
        edgecolors=INK,
        linewidths=1,
        zorder=3,
        clip_on=False,
        gid="task group",
    )
    for (letter, (x, y)), side in zip(places.items(), sides, strict=True):
        middle = {"ha": "center", "va": "center", "zorder": 4}
        axes.text(x, y, letter, fontsize=min(0.6 * side, 1.1 * font_size), gid="group", **middle)
    axes.set_xlim(-1.12, 1.12)
    axes.set_ylim(-1.12, 1.12)
    axes.set_aspect("equal")
    axes.apply_aspect()
    for lines in range(max(label.count("\n") for label in labels) + 1, 0, -1):
        shown = [_first_lines(label, lines) for label in labels]
        texts = _write_labels(axes, sides, shown, places, font_size)
        boxes = [text.get_window_extent() for text in texts]
        if lines == 1 or not any(one.overlaps(other) for one, other in combinations(boxes, 2)):
            return
        for text in texts:
            text.remove()


def _first_lines(text: str, count: int) -> str:
    """As many lines of a text, which says where names are left out."""
    lines = text.splitlines()
    if len(lines) <= count:
        return text
    if count == 1:
        return lines[0]
    return "\n".join(lines[:count]).rstrip(",") + ", …"


def _write_labels(
    axes: "Axes", sides: np.ndarray, labels: list[str], places: Places, font_size: float
) -> "list[Annotation]":
    """A text beside each disc, above the uppermost and below the lowest."""
    texts = []
    for (x, y), label, side in zip(places.values(), labels, sides, strict=True):
        gap, centred = side / 2 + 4, abs(x) < _CENTRED
        across = "center" if centred else "right" if x < 0 else "left"
        text = axes.annotate(
            plain(label),
            (x, y),
            # Beside the disc whatever the angle: several lines would run into it.
            xytext=(0 if centred else np.sign(x) * gap, gap * y * (1 if centred else 0.5)),
            textcoords="offset points",
            ha=across,
            va="center" if not centred else "bottom" if y > 0 else "top",
            multialignment=across,
            fontsize=SMALLER * font_size,
            gid="name",
        )
        texts.append(text)
    return texts


def _draw_arrows(
    axes: "Axes",
    sides: np.ndarray,
    drawn: "tuple[HarmBetween, ...]",
    places: Places,
    wide: float,
) -> None:
    """An arrow for the harm between two groups, dashed where none of it is decided."""
    from matplotlib.patches import FancyArrowPatch

    letters, scale = list(places), float(np.clip(wide / _WIDE, 0.5, 1))
    for one in reversed(drawn):  # the most harm on top
        start, end = (places[letters[place]] for place in (one.source, one.target))
        arrow = FancyArrowPatch(
            tuple(start),
            tuple(end),
            arrowstyle="-|>",
            mutation_scale=12 * scale,
            shrinkA=sides[one.source] / 2 + 2,
            shrinkB=sides[one.target] / 2 + 3,
            connectionstyle=f"arc3,rad={bend(start, end, len(places))}",
            linewidth=scale * float(np.clip(0.4 * np.sqrt(len(one.edges)), 0.8, 4.0)),
            linestyle="solid" if one.decided else "dashed",
            color=HARMFUL,
            gid="harm between",
        )
        axes.add_patch(arrow)


def _write_numbers(
    axes: "Axes",
    graph: "RelationGraph",
    drawn: "tuple[HarmBetween, ...]",
    places: Places,
    font_size: float,
) -> None:
    """Number and largest change of the arrows with most harm, as far as there is room."""
    letters = list(places)
    taken = [text.get_window_extent() for text in axes.texts]
    taken += disc_boxes(axes)
    for one in drawn:
        ends = (places[letters[one.source]], places[letters[one.target]])
        write_along(axes, edge_text(graph, one), ends, len(places), font_size, taken)


def _own_axes(labels: list[str], lines: int, font_size: float, wide: float) -> "Axes":
    """Axes in a figure that has room for what stands around and beside the discs."""
    from matplotlib.figure import Figure

    small = SMALLER * font_size
    longest = max(len(line) for label in labels for line in label.splitlines())
    names = 0.6 * small * longest / 72 + 0.3
    above = 1.35 * small * max(label.count("\n") + 1 for label in labels) / 72 + 0.3
    text = font_size / 10
    size = np.array([wide + 2 * names + (3.4 * text if lines else 0), wide + 2 * above + 0.3])
    size[1] = max(size[1], 0.165 * text * lines + 0.4)
    bottom = (size[1] - wide - 0.3) / 2
    return Figure(figsize=tuple(size)).add_axes(
        (names / size[0], bottom / size[1], wide / size[0], wide / size[1])
    )
