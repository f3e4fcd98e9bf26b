"""A grouping as a picture: networks as boxes, the tasks in them, and what each gains."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.judged_facts import judged_facts
from analysis.figures.figure_file import new_axes
from analysis.figures.labels import percent, plain
from analysis.figures.palette import HARMFUL, HELPFUL, INK, NEUTRAL, SERIES
from analysis.grouping_ways import GROUPED, TOGETHER
from analysis.short_names import shorten
from relations.statistics.intervals import Means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.comparison.comparison import Comparison
    from relations.grouping.budget_curve import BudgetCurve
    from relations.grouping.grouping import Grouping

_ROW = 0.3  # inches
_LABEL_WIDTH = 26
_LEGEND = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "frameon": False, "fontsize": 8}

_Judged = Mapping[str, Any]
"""See `judged_facts`; empty where nothing was judged."""


@dataclass(frozen=True)
class _Row:
    """A line of the picture.

    Attributes:
        label: The task's name.
        y: Where it stands.
        network: Place of its network.
        task: The task if it is served here; None of a helper.
    """

    label: str
    y: float
    network: int
    task: str | None


def grouping_plot(
    grouping: "Grouping",
    judged: "Comparison | Mapping[str, Any] | None" = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a grouping: a box for each network, a line for each task in it.

    A dot is what a task gains against training alone in the network that serves it, a ring what it
    gains in one network for all. Helpers, whose output is not used, are in grey italics on a dashed
    line. The frame of a network that was not trained is dashed.

    Args:
        grouping: What to draw.
        judged: Scores on fresh seeds, or what `grouping.json` says of them under `judged`; with
            them gains are theirs, with 95 % intervals.
        ax: Where to draw; a figure of its own when it is not given.

    Returns:
        The axes. Nothing is shown.
    """
    known = judged if isinstance(judged, Mapping) or judged is None else judged_facts(judged)
    known = known or {}
    rows = list(_rows(grouping))
    axes = new_axes(6.4, 1.0 + _ROW * (rows[-1].y + 1)) if ax is None else ax
    factor, unit = _unit(relative=grouping.relative)
    for row in rows:
        if row.task is not None:
            _draw_gains(axes, grouping, known, row, factor)
    axes.axvline(0, color=NEUTRAL, linewidth=0.8, zorder=0)
    _draw_helpers(axes, [row.y for row in rows if row.task is None])
    _draw_boxes(axes, grouping, rows)
    _draw_labels(axes, rows)
    axes.set_xlabel(f"change to training alone [{unit}]", fontsize=9)
    axes.set_title(_title(grouping, known), fontsize=9, loc="left")
    axes.legend(**_LEGEND)
    return axes


def budget_plot(curve: "BudgetCurve", ax: "Axes | None" = None) -> "Axes":
    """Draw the mean gain of the best grouping against what its networks cost.

    Filled dots are groupings all of whose networks were trained, hollow ones are predicted. Crosses
    are what pairs alone predict of the groupings that they would have chosen.

    Args:
        curve: The best groupings of all budgets.
        ax: Where to draw; a figure of its own when it is not given.

    Returns:
        The axes. Nothing is shown.
    """
    axes = new_axes(4.6, 3.0) if ax is None else ax
    budgets = [point.budget for point in curve.points]
    factor, unit = _unit(relative=curve.relative)
    means = [factor * point.mean for point in curve.points]
    axes.plot(budgets, means, color=SERIES[0], zorder=1, label="best grouping known")
    for filled, label in ((True, "its networks trained"), (False, "predicted from pairs")):
        places = [at for at, point in enumerate(curve.points) if point.measured == filled]
        if places:
            axes.plot([budgets[at] for at in places], [means[at] for at in places], "o",
                      color=SERIES[0], markerfacecolor=SERIES[0] if filled else "white",
                      label=label)  # fmt: skip
    pairs = [(point.budget, factor * point.pairs) for point in curve.points
             if point.pairs is not None]  # fmt: skip
    if pairs:
        axes.plot(*zip(*pairs, strict=True), color=SERIES[2], linestyle="dashed", marker="x",
                  label="chosen by pairs alone:\nwhat they predict", zorder=0.5)  # fmt: skip
    chance = [(point.budget, factor * point.chance) for point in curve.points
              if point.chance is not None]  # fmt: skip
    if chance:
        axes.plot(*zip(*chance, strict=True), color=NEUTRAL, linestyle="dotted", marker=".",
                  label="grouping at random (predicted\nwhere not trained)")  # fmt: skip
    if curve.together is not None:
        axes.plot([1], [factor * curve.together], "s", color=SERIES[1], label=TOGETHER, zorder=3)
    axes.axhline(0, color=NEUTRAL, linewidth=0.8, linestyle="dashed", label="all apart")
    axes.set_xticks(sorted({math.ceil(budget) for budget in budgets}))
    axes.set_xlabel("cost of the networks (one of full size = 1)", fontsize=9)
    axes.set_ylabel(f"mean change to training alone [{unit}]", fontsize=9)
    axes.legend(**_LEGEND)
    return axes


def _unit(*, relative: bool) -> tuple[float, str]:
    return (100.0, "%") if relative else (1.0, "sd")


def _rows(grouping: "Grouping") -> Iterator[_Row]:
    shown = dict(zip(grouping.tasks, shorten(grouping.tasks, _LABEL_WIDTH), strict=True))
    y = 0.0
    for at, helpers in enumerate(grouping.choice.helpers()):
        members = grouping.groups[at]
        for task in [task for task in members if task not in helpers]:
            yield _Row(plain(shown[task]), y, at, task)
            y += 1
        for task in helpers:
            yield _Row(plain(shown[task]), y, at, None)
            y += 1
        y += 0.6


def _draw_gains(
    axes: "Axes", grouping: "Grouping", judged: _Judged, row: _Row, factor: float
) -> None:
    assert row.task is not None
    gain, reach = grouping.choice.gains()[row.task], 0.0
    whole = None if grouping.together is None else grouping.together[row.task]
    if GROUPED in judged:
        seen = judged[GROUPED]["tasks"][row.task]
        gain, reach = _or_nan(seen["mean"]), factor * _half_interval(seen)
        whole = judged.get(TOGETHER, {}).get("tasks", {}).get(row.task, {}).get("mean")
    color = HELPFUL if gain >= 0 else HARMFUL
    axes.errorbar(factor * gain, row.y, xerr=reach or None, fmt="o", color=color, markersize=5,
                  capsize=2, label="in its network" if row.y == 0 else None)  # fmt: skip
    if whole is not None:
        named = TOGETHER in axes.get_legend_handles_labels()[1]
        axes.plot(factor * whole, row.y, "o", markerfacecolor="none", color=INK, markersize=6,
                  label=None if named else TOGETHER)  # fmt: skip


def _half_interval(seen: Mapping[str, float | None]) -> float:
    """Half the width of a mean's 95 % interval; 0 where it is not known."""
    mean, error, n = (np.array(_or_nan(seen[name])) for name in ("mean", "se", "n"))
    lower, upper = Means(mean, error, n - 1.0, n).interval(0.05)
    return float(np.nan_to_num(upper - lower)) / 2


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _draw_helpers(axes: "Axes", lines: list[float]) -> None:
    """A dashed line where a helper stands."""
    for at, y in enumerate(lines):
        label = "helper: trained along,\noutput not used" if at == 0 else None
        axes.axhline(y, color=NEUTRAL, linewidth=0.8, linestyle="dashed", zorder=0, label=label)


def _draw_boxes(axes: "Axes", grouping: "Grouping", rows: list[_Row]) -> None:
    """A frame around each network's lines, dashed where it was not trained."""
    from matplotlib.patches import Rectangle

    of_predicted = "network not trained:\npredicted"
    for at, network in enumerate(grouping.choice.networks):
        lines = [row.y for row in rows if row.network == at]
        low, high = min(lines) - 0.55, max(lines) + 0.55
        axes.add_patch(
            Rectangle((0, low), 1, high - low, transform=axes.get_yaxis_transform(), fill=False,
                      edgecolor=INK, linewidth=0.9, clip_on=False,
                      linestyle="solid" if network.measured else "dashed",
                      label=None if network.measured else of_predicted)
        )  # fmt: skip
        of_predicted = of_predicted if network.measured else None
        cost = "" if network.cost == 1 else f", cost {network.cost:g}"
        axes.text(0.995, low + 0.08, f"network {at + 1}{cost}", fontsize=7, color=NEUTRAL,
                  ha="right", va="top", transform=axes.get_yaxis_transform(),
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip


def _draw_labels(axes: "Axes", rows: list[_Row]) -> None:
    axes.set_yticks([row.y for row in rows], [row.label for row in rows], fontsize=9)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        if row.task is None:
            label.set(style="italic", color=NEUTRAL)
    axes.set_ylim(max(row.y for row in rows) + 0.75, -0.75)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _title(grouping: "Grouping", judged: _Judged) -> str:
    count = len(grouping.groups)
    text = f"{count} network{'s' if count > 1 else ''}, cost {grouping.cost:g}"
    if GROUPED in judged:
        seen = judged[GROUPED]["delta_m"]
        gain = "" if seen["mean"] is None else f"Δm {percent(seen['mean'])} % "
        return f"{text}: {gain}on {seen['n']} fresh seeds"
    return text if grouping.measured else f"{text} (predicted, not trained)"
