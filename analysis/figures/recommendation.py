"""A recommendation as a picture: what every candidate costs at inference and what it gains."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain
from analysis.figures.palette import INK, NEUTRAL, SERIES
from analysis.figures.recommendation_marks import (
    BELOW,
    DROPPED,
    RUNNING,
    Mark,
    front_of,
    has_front,
    heights,
    lettered,
    marks_of,
    on_the_axis,
    side_by_side,
)
from analysis.figures.room import SMALLER, arrange, font_sizes
from analysis.short_names import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_WIDE = 7.2  # inches
_NAME_WIDTH = 96
_NAME_LINE = 32
_RECOMMENDED = "\n(recommended)"
_NARROWEST = 0.25
"""Costs that the axis spans at least."""

_SMALL: dict[str, dict[str, Any]] = {
    RUNNING: {"marker": "D", "markersize": 3.4, "markerfacecolor": NEUTRAL},
    DROPPED: {"marker": "x", "markersize": 4.5},
    BELOW: {"marker": "v", "markersize": 4.5, "markerfacecolor": "white"},
}
"""What became of those that were not judged -> how it is drawn."""


def recommendation_plot(
    facts: Mapping[str, Any],
    ax: "Axes | None" = None,
    *,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Draw cost at inference against gain over plain training.

    Circles with a letter and an interval are those that fresh seeds judged, the recommended one
    filled; small marks are the race's, crosses of those that were dropped. The steps are the front
    of the judged: the most that can be had at a cost. Marks that would hide each other stand side
    by side instead, the judged nearest to their true cost. What lost so much that it would flatten
    the rest stands as a triangle at the lower edge, and an interval far longer than the judged lie
    apart runs out of the axes.

    Args:
        facts: Of `Recommended.facts()`, as recommendation.json holds them.
        ax: Where to draw; a figure of its own when it is not given.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.

    Example:
        >>> judged = {"over_multi_head": {"mean": 0.0, "lower": 0.0, "upper": 0.0}}
        >>> facts = {"recommended": "multi-head", "judged": {"multi-head": judged},
        ...          "candidates": [{"name": "multi-head", "operations": 1.0, "running": True,
        ...                          "over_multi_head": {"mean": 0.0, "se": 0.0, "n": 3}}]}
        >>> recommendation_plot(facts).get_xlabel()
        'operations at inference, one shared network = 1'
    """

    def draw(axes: "Axes") -> "Axes":
        marks = _draw_all(axes, facts, font_size)
        key, roomy = _key(marks, str(facts["recommended"]), font_size), ax is None and width is None
        written = arrange(axes, font_size, own=ax is None, key=key, roomy=roomy)
        for text in written.get_texts() if written is not None else ():
            if text.get_text().endswith(_RECOMMENDED):
                text.set_fontweight("bold")
        return axes

    def own(size: float) -> "Axes":
        return new_axes(size, lower(3.6, size, _WIDE))

    return sized(draw, ax, own, width, wide=_WIDE, least=2.6)


def _draw_all(axes: "Axes", facts: Mapping[str, Any], font_size: float) -> list[Mark]:
    """The marks, which are returned, the front and the names of axes."""
    marks = marks_of(facts)
    low, high = heights(marks)
    marks = [on_the_axis(mark, low, high) for mark in marks]
    costs = [one["operations"] for one in facts["candidates"]]
    width = 1.2 * max(max(costs) - min(costs), _NARROWEST)
    places = side_by_side(marks, width, high - low)
    left, right = _ends([*places.values(), *costs], width)
    if has_front(marks):
        _draw_front(axes, front_of(marks), places, right)
    for mark, letter in lettered(marks):
        _draw(axes, mark, places[mark.name], letter, best=mark.name == facts["recommended"])
    axes.axhline(0, color=NEUTRAL, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
    axes.set(xlim=(left, right), ylim=(low, high))
    moved = any(places[mark.name] != mark.cost for mark in marks)
    _write(axes, facts, marks, font_size, moved=moved)
    return marks


def _ends(places: Sequence[float], width: float) -> tuple[float, float]:
    """Ends of the axis of costs, around all marks and at least as far apart as asked for."""
    left, right = min(places), max(places)
    room = max(0.05 * width, (width - (right - left)) / 2)
    return left - room, right + room


def _draw_front(
    axes: "Axes", front: Sequence[Mark], places: Mapping[str, float], right: float
) -> None:
    """Steps through the front, up to the end of the axis."""
    if front:
        costs = [*(places[mark.name] for mark in front), right]
        gains = [mark.gain for mark in front]
        axes.step(costs, [*gains, gains[-1]], where="post", **_FRONT)


_FRONT: dict[str, Any] = {"color": NEUTRAL, "linewidth": 1.3, "zorder": 1}


def _draw(axes: "Axes", mark: Mark, place: float, letter: str, *, best: bool) -> None:
    if not mark.judged:
        axes.add_line(_small(mark.fate, place, mark.gain))
        return
    color = SERIES[0] if best else INK
    if mark.lower is not None and mark.upper is not None and mark.upper > mark.lower:
        axes.plot([place, place], [mark.lower, mark.upper], color=color, linewidth=1.3,
                  marker="_", markersize=6, zorder=2)  # fmt: skip
    for line in _circle(letter, best=best, x=place, y=mark.gain):
        axes.add_line(line)


def _small(fate: str, x: float = 0, y: float = 0) -> "Line2D":
    """The mark of one that was not judged."""
    from matplotlib.lines import Line2D

    return Line2D([x], [y], color=NEUTRAL, linestyle="none", zorder=1.5, **_SMALL[fate])


def _circle(letter: str, *, best: bool, x: float = 0, y: float = 0) -> "list[Line2D]":
    """The mark of one that was judged: a circle, and the letter in it."""
    from matplotlib.lines import Line2D

    color, inside = (SERIES[0], "white") if best else (INK, INK)
    circle = Line2D([x], [y], linestyle="none", marker="o", markersize=10, color=color,
                    markerfacecolor=color if best else "white", zorder=3)  # fmt: skip
    if not letter:
        return [circle]
    text = Line2D([x], [y], linestyle="none", marker=rf"$\mathrm{{{letter}}}$", markersize=5,
                  color=inside, markeredgewidth=0.2, zorder=4)  # fmt: skip
    return [circle, text]


def _write(
    axes: "Axes",
    facts: Mapping[str, Any],
    marks: Sequence[Mark],
    font_size: float,
    *,
    moved: bool,
) -> None:
    """Title and names of the axes."""
    beside = "\n(marks of equal cost stand side by side)" if moved else ""
    label = f"operations at inference, one shared network = 1{beside}"
    axes.set_xlabel(label)
    axes.set_ylabel("gain over multi-head [points of Δm]")
    font_sizes(axes, font_size)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(_title(facts, marks), fontsize=font_size, loc="left")


def _title(facts: Mapping[str, Any], marks: Sequence[Mark]) -> str:
    count = len(facts["candidates"])
    parts = [f"{count} candidate{'s' * (count != 1)}"]
    seeds = next(iter(facts["judged"].values())).get("delta_m", {}).get("n")
    if seeds:
        data = "test data and " if facts.get("on_test") else ""
        fresh = f"{seeds} fresh seed{'s' * (seeds != 1)}"
        parts[0] += f", {len(facts['judged'])} judged on {data}{fresh}"
    if any(mark.lower is not None and mark.upper != mark.lower for mark in marks):
        parts.append("95 % intervals, corrected")
    return "; ".join(parts)


def _key(marks: Sequence[Mark], recommended: str, font_size: float) -> dict[str, Any]:
    """Names of the judged and what the other marks are, as `legend` takes them."""
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.lines import Line2D

    judged = [(mark, letter) for mark, letter in lettered(marks) if mark.judged]
    names = [mark.name for mark, _ in judged]
    texts = [_in_lines(name) for name in shorten(names, _NAME_WIDTH)]
    best = names.index(recommended) if recommended in names else None
    if best is not None:
        texts[best] += _RECOMMENDED
    handles: list[Any] = [
        tuple(_circle(letter, best=mark.name == recommended)) for mark, letter in judged
    ]
    fates = [fate for fate in _SMALL if any(mark.fate == fate for mark in marks)]
    front = ["front of the judged"] * has_front(marks)
    handles += [*(Line2D([0], [0], **_FRONT) for _ in front), *map(_small, fates)]
    return {
        "handles": handles,
        "labels": [*texts, *front, *fates],
        "title": "judged on fresh seeds" if names else None,
        "title_fontsize": SMALLER * font_size,
        "alignment": "left",
        "bbox_to_anchor": (1.0, 1.04),
        "labelspacing": 0.7,
        "handlelength": 1.6,
        "handler_map": {tuple: HandlerTuple(ndivide=1)},
    }


def _in_lines(name: str) -> str:
    """A name in lines, broken behind blanks, commas, bars, plus signs and colons where it can be.

    Example:
        >>> print(_in_lines("gradsplit:mask=mask.json,balance=db-mtl"))
        gradsplit:mask=mask.json,
        balance=db-mtl
    """
    lines = [""]
    for part in re.findall(r"[^ ,|+:]*[ ,|+:]*", name):
        if lines[-1] and len(lines[-1] + part.rstrip()) > _NAME_LINE:
            lines.append("")
        lines[-1] += part
    return plain("\n".join(line.rstrip() for line in lines))
