"""The parts of a relation graph's figure: places, tasks, names, changes on edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.figure_file import figure_of
from analysis.figures.labels import change_text, number_text, plain
from analysis.figures.palette import HARMFUL, HELPFUL, INK
from analysis.harm_summary import Harm
from analysis.short_names import shorten
from analysis.writing_direction import kept_in_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

    from relations.graph import RelationGraph

Places = dict[str, np.ndarray]

_LABEL_WIDTH = 24
# How far an edge bends from the straight line, so that both directions of a pair are seen: to its
# right (positive) where there are few tasks; where there are many, clockwise a little inwards and
# the other way more, so that no edge runs through the discs between its ends.
_BEND, _CLOCKWISE, _OTHER = 0.14, 0.1, -0.26
_FEW = 4
# Where along an arrow its numbers may stand; the first place that is free.
_ALONG = (0.36, 0.5, 0.26, 0.62)
# Height of the figure of two tasks, which stand side by side, as a share of its width.
FLAT = 0.4


@dataclass(frozen=True)
class Kind:
    """How one kind of edge is drawn; the lines need no colour to be told apart."""

    text: str
    color: str
    line: Literal["solid", "dashed", "dotted", "dashdot"]
    head: str


KINDS = {
    "harmful": Kind("harmful", HARMFUL, "solid", "-|>"),
    "harmful undecided": Kind("harmful by the mean, undecided", HARMFUL, "dashed", "-|>"),
    "helpful": Kind("helpful, interval above 0", HELPFUL, "dotted", "->"),
    "helpful undecided": Kind("helpful by the mean, undecided", HELPFUL, "dashdot", "->"),
}


def circle(tasks: list[str]) -> Places:
    """[2] places on the unit circle, clockwise from the top; two tasks side by side."""
    start = np.pi if len(tasks) == 2 else np.pi / 2 + (np.pi / 4 if len(tasks) == 4 else 0)
    angles = start - 2 * np.pi * np.arange(len(tasks)) / len(tasks)
    return {
        task: np.array([np.cos(angle), np.sin(angle)])
        for task, angle in zip(tasks, angles, strict=True)
    }


def bend(source: np.ndarray, target: np.ndarray, count: int) -> float:
    """How far the edge between two places bends to its right, as a share of its length."""
    if count <= _FEW:
        return _BEND
    clockwise = source[0] * target[1] - source[1] * target[0] < 1e-9
    return _CLOCKWISE if clockwise else _OTHER


def short_names(tasks: Sequence[str]) -> dict[str, str]:
    """Task -> its name in the picture, of all tasks that it shows or lists."""
    shown = map(kept_in_line, shorten(tasks, _LABEL_WIDTH))
    return dict(zip(tasks, shown, strict=True))


def node_size(count: int) -> float:
    """Area of a task's disc in square points."""
    return float(np.clip(2600 / count, 60, 330))


def draw_tasks(
    axes: "Axes",
    tasks: list[str],
    places: Places,
    standing: Harm,
    font_size: float,
    scale: float = 1.0,
) -> None:
    """Discs with the letter of their harmful group, and the names outside the circle."""
    letter = {task: group_letter(i) for i, group in enumerate(standing.groups) for task in group}
    side = scale * np.sqrt(node_size(len(tasks)))
    where = np.array([places[task] for task in tasks])
    axes.scatter(
        *where.T,
        s=side**2,
        facecolors="white",
        edgecolors=INK,
        linewidths=1,
        zorder=3,
        clip_on=False,
        gid="task",
    )
    size = name_size(len(tasks), font_size)
    for task, name in short_names(tasks).items():
        x, y = places[task]
        if task in letter:
            middle = {"ha": "center", "va": "center", "zorder": 4}
            axes.text(x, y, letter[task], fontsize=0.5 * side, gid="group", **middle)
        _write_name(axes, plain(name), (x, y), side / 2 + 4, size, turned(len(tasks)))
    reach = 1.08
    axes.set_xlim(-reach, reach)
    height = reach * FLAT if len(tasks) == 2 else reach
    axes.set_ylim(-height, height)
    axes.set_axis_off()
    axes.set_aspect("equal")


def name_size(count: int, font_size: float) -> float:
    """Font size of the names in points: smaller where there are more than 22."""
    return float(np.clip(22 / count, 0.7, 1)) * font_size


def turned(count: int) -> bool:
    """Whether the names run along the radius."""
    return count > 12


def group_letter(number: int) -> str:
    """A, B, ... Z, A1, B1, ... for the harmful groups."""
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _write_name(
    axes: "Axes", name: str, place: tuple[float, float], gap: float, size: float, radial: bool
) -> None:
    """A task's name outside its disc, along the radius where there are many."""
    x, y = place
    angle = np.degrees(np.arctan2(y, x))
    left = x < -1e-6
    turned = (angle + 180 if left else angle) if radial else 0
    centred = not radial and abs(x) < 0.3
    axes.annotate(
        name,
        place,
        xytext=(gap * x, gap * y),
        textcoords="offset points",
        ha="center" if centred else "right" if left else "left",
        va="center" if not centred else "bottom" if y > 0 else "top",
        rotation=turned,
        rotation_mode="anchor",
        fontsize=size,
        gid="name",
    )


def _change(graph: "RelationGraph", source: str, target: str) -> str:
    kind, change = graph.kind(target), graph.edges[source, target]["change"]
    return change_text(change, kind, 1) if graph.mixed else number_text(change, kind)


def write_changes(
    axes: "Axes",
    graph: "RelationGraph",
    edges: list[tuple[str, str]],
    places: Places,
    font_size: float,
) -> None:
    """The change on every edge, nearer to the source, where nothing else is in its way.

    It is in per cent, unless it says its unit. Where there is no room for it, it is left out.
    """
    axes.apply_aspect(axes.get_position())
    taken = disc_boxes(axes)
    for source, target in edges:
        said = _change(graph, source, target)
        write_along(axes, said, (places[source], places[target]), len(places), font_size, taken)


def write_along(
    axes: "Axes",
    text: str,
    ends: tuple[np.ndarray, np.ndarray],
    count: int,
    font_size: float,
    taken: "list[Bbox]",
) -> None:
    """A text on an arrow at the first place that is free; it is taken then.

    Args:
        axes: Where they are.
        text: What is written.
        ends: Where the arrow begins and ends.
        count: Of the discs.
        font_size: Of names in points.
        taken: Boxes in dots of what is in the way.
    """
    start, end = ends
    dx, dy = end - start
    control = (start + end) / 2 + bend(start, end, count) * np.array([dy, -dx])
    for at in _ALONG:
        x, y = (1 - at) ** 2 * start + 2 * at * (1 - at) * control + at**2 * end
        written = axes.text(
            x,
            y,
            text,
            ha="center",
            va="center",
            fontsize=0.7 * font_size,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            zorder=2.5,
            gid="change",
        )
        box = written.get_window_extent()
        if not any(box.overlaps(other) for other in taken):
            taken.append(box)
            return
        written.remove()


def disc_boxes(axes: "Axes") -> "list[Bbox]":
    """The squares around discs, in dots."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Bbox

    (discs,) = (part for part in axes.collections if isinstance(part, PathCollection))
    middles = axes.transData.transform(np.asarray(discs.get_offsets()))
    halves = np.sqrt(discs.get_sizes()) / 2 * figure_of(axes).dpi / 72
    return [
        Bbox.from_bounds(x - half, y - half, 2 * half, 2 * half)
        for (x, y), half in zip(middles, np.broadcast_to(halves, len(middles)), strict=True)
    ]
