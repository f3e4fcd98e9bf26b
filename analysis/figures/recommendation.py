"""A recommendation as a picture: what every candidate costs at inference and what it gains."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.labels import shorten
from analysis.figures.palette import INK, NEUTRAL, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL_WIDTH = 40
_LINE = 0.055
"""Height of a label as a share of the axes."""


def recommendation_plot(facts: Mapping[str, Any], ax: "Axes | None" = None) -> "Axes":
    """Draw cost at inference against gain over plain training.

    Dots with intervals are those that fresh seeds judged, the recommended one filled; small marks
    are the race's, crosses of those that were dropped. The steps are the front of the judged: the
    most that can be had at a cost.

    Args:
        facts: Of `Recommended.facts()`, as recommendation.json holds them.
        ax: Where to draw; a figure of its own when it is not given.

    Returns:
        The axes. Nothing is shown.

    Example:
        >>> judged = {"over_multi_head": {"mean": 0.0, "lower": 0.0, "upper": 0.0}}
        >>> facts = {"recommended": "multi-head", "judged": {"multi-head": judged},
        ...          "candidates": [{"name": "multi-head", "operations": 1.0, "running": True,
        ...                          "over_multi_head": {"mean": 0.0, "se": 0.0, "n": 3}}]}
        >>> recommendation_plot(facts).get_xlabel()
        'operations at inference, one shared network = 1'
    """
    axes = new_axes(7.2, 4.0) if ax is None else ax
    costs = {one["name"]: one["operations"] for one in facts["candidates"]}
    _draw_race(axes, facts)
    judged = {
        name: (costs[name], 100 * found["over_multi_head"]["mean"])
        for name, found in facts["judged"].items()
    }
    _draw_front(axes, judged, max(costs.values()))
    for name, (cost, gain) in judged.items():
        _draw_judged(axes, facts, name, cost, gain)
    axes.axhline(0, color=NEUTRAL, linewidth=0.8, zorder=0)
    axes.set_xlabel("operations at inference, one shared network = 1", fontsize=9)
    axes.set_ylabel("gain over multi-head [points of Δm]", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    _set_limits(axes, facts, judged)
    _draw_labels(axes, judged, str(facts["recommended"]))
    axes.set_title(_title(facts), fontsize=9, loc="left")
    return axes


def _draw_race(axes: "Axes", facts: Mapping[str, Any]) -> None:
    """Everybody that was raced and not judged."""
    left = [
        one
        for one in facts["candidates"]
        if one["over_multi_head"] is not None and one["name"] not in facts["judged"]
    ]
    for one in left:
        axes.plot(
            one["operations"],
            100 * one["over_multi_head"]["mean"],
            marker="." if one["running"] else "x",
            color=NEUTRAL,
            markersize=6 if one["running"] else 4.5,
            linestyle="none",
            clip_on=True,
        )


def _draw_judged(
    axes: "Axes", facts: Mapping[str, Any], name: str, cost: float, gain: float
) -> None:
    found = facts["judged"][name]["over_multi_head"]
    best = name == facts["recommended"]
    color = SERIES[0] if best else INK
    if found["lower"] is not None and found["upper"] > found["lower"]:
        axes.plot([cost, cost], [100 * found["lower"], 100 * found["upper"]], color=color, lw=1.2)
    axes.plot(
        cost,
        gain,
        marker="o",
        markersize=8 if best else 6,
        color=color,
        markerfacecolor=color if best else "white",
        linestyle="none",
        zorder=3,
    )


def _draw_front(axes: "Axes", judged: Mapping[str, tuple[float, float]], end: float) -> None:
    """Steps through those that nobody judged who costs no more is ahead of."""
    front: list[tuple[float, float]] = []
    for cost, gain in sorted(judged.values(), key=lambda one: (one[0], -one[1])):
        if not front or gain > front[-1][1]:
            front.append((cost, gain))
    costs, gains = (list(column) for column in zip(*front, strict=True))
    axes.step([*costs, end], [*gains, gains[-1]], where="post", color=NEUTRAL, lw=1.0, zorder=1)


def _set_limits(
    axes: "Axes", facts: Mapping[str, Any], judged: Mapping[str, tuple[float, float]]
) -> None:
    """As far as the judged and the better half of the race reach; what lies below is cut off."""
    ends = [100 * found["over_multi_head"][end] for found in facts["judged"].values()
            for end in ("lower", "upper") if found["over_multi_head"][end] is not None]  # fmt: skip
    raced = [100 * one["over_multi_head"]["mean"] for one in facts["candidates"]
             if one["over_multi_head"] is not None]  # fmt: skip
    lowest = min([*ends, 0.0, float(np.quantile(raced, 0.25)) if raced else 0.0])
    highest = max([*ends, *raced, *(gain for _, gain in judged.values()), 0.5])
    room = 0.08 * (highest - lowest)
    axes.set_ylim(lowest - room, highest + room)
    right = max(one["operations"] for one in facts["candidates"])
    axes.set_xlim(0.95, max(right, 1.2) * 1.02)


def _draw_labels(axes: "Axes", judged: Mapping[str, tuple[float, float]], recommended: str) -> None:
    """Names at the right edge, in the order of the gains and apart, with a line to their dots."""
    low, high = axes.get_ylim()
    line = _LINE * (high - low)
    names = sorted(judged, key=lambda name: judged[name][1], reverse=True)
    places = _apart([judged[name][1] for name in names], line, low, high)
    edge = axes.get_xlim()[1]
    short = shorten(names, _LABEL_WIDTH)
    for name, label, y in zip(names, short, places, strict=True):
        cost, gain = judged[name]
        axes.annotate(
            label,
            (cost, gain),
            xytext=(edge, y),
            fontsize=8,
            va="center",
            color=INK,
            fontweight="bold" if name == recommended else "normal",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": NEUTRAL, "lw": 0.4, "alpha": 0.7},
        )


def _apart(wanted: Sequence[float], line: float, low: float, high: float) -> list[float]:
    """Places from top to bottom at least a line apart, as near to the wanted ones as that lets."""
    places: list[float] = []
    for y in wanted:
        places.append(min(y, places[-1] - line) if places else min(y, high))
    short = low - places[-1] if places else 0.0
    if short <= 0:
        return places
    floor = low
    for at in range(len(places) - 1, -1, -1):
        places[at] = max(places[at], floor)
        floor = places[at] + line
    return places


def _title(facts: Mapping[str, Any]) -> str:
    raced = len(facts["candidates"])
    data = "test data and " if facts.get("on_test") else ""
    seeds = next(iter(facts["judged"].values())).get("delta_m", {}).get("n")
    fresh = f", {len(facts['judged'])} judged on {data}{seeds} fresh seeds" if seeds else ""
    return f"{raced} candidates{fresh}; 95 % intervals, corrected"
