"""A grouping as a picture: networks as boxes, the tasks in them, and what each gains."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.judged_facts import judged_facts
from analysis.figures.budget import unit_of
from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import sized
from analysis.figures.labels import percent, plain
from analysis.figures.palette import HARMFUL, HELPFUL, INK, NEUTRAL
from analysis.figures.room import arrange, font_sizes
from analysis.grouping_ways import GROUPED, TOGETHER, together_name
from analysis.short_names import shorten
from relations.seeds import DEFAULT_HARM_THRESHOLD
from relations.statistics.intervals import Means

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.comparison.comparison import Comparison
    from relations.grouping.grouping import Grouping

_ROW = 0.3  # inches
# Lines that a frame holds above its first task, for its name, and between two frames' tasks.
_HEAD, _BETWEEN = 0.85, 0.9
_LABEL_WIDTH = 26

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
    *,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Draw a grouping: a box for each network, a line for each task in it.

    A dot is what a task gains against training alone in the network that serves it, grey where that
    is within the usual threshold, a ring what it gains in one network for all. Helpers, whose
    output is not used, are in grey italics on a dashed line. The frame of a network that was not
    trained is dashed.

    Args:
        grouping: What to draw.
        judged: Scores on fresh seeds, or what `grouping.json` says of them under `judged`; with
            them gains are theirs, with 95 % intervals.
        ax: Where to draw; a figure of its own when it is not given.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """
    known = judged if isinstance(judged, Mapping) or judged is None else judged_facts(judged)
    known = known or {}
    rows = list(_rows(grouping))

    def draw(axes: "Axes") -> "Axes":
        _draw(axes, grouping, known, rows, font_size)
        roomy = ax is None and width is None
        arrange(axes, font_size, own=ax is None, key={}, roomy=roomy)
        return axes

    high = (1.0 + _ROW * (rows[-1].y + 1)) * font_size / 9
    return sized(draw, ax, lambda size: new_axes(size, high), width, wide=6.4, least=2.6)


def _draw(
    axes: "Axes",
    grouping: "Grouping",
    known: _Judged,
    rows: Sequence[_Row],
    font_size: float,
) -> None:
    """Gains, frames and names."""
    factor, unit = unit_of(relative=grouping.relative)
    for row in rows:
        if row.task is not None:
            _draw_gains(axes, grouping, known, row, factor)
    axes.axvline(0, color=NEUTRAL, linewidth=0.8, zorder=0)
    _draw_helpers(axes, [row.y for row in rows if row.task is None])
    _draw_boxes(axes, grouping, rows, 7 / 9 * font_size)
    axes.set_xlabel(f"change to training alone [{unit}]")
    font_sizes(axes, font_size)
    _draw_labels(axes, rows, font_size)
    axes.set_title(_title(grouping, known), fontsize=font_size, loc="left")


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
        y += _BETWEEN


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
    color, what = _sign(gain, relative=grouping.relative)
    named = axes.get_legend_handles_labels()[1]
    axes.errorbar(factor * gain, row.y, xerr=reach or None, fmt="o", color=color, markersize=5,
                  capsize=2, label=None if what in named else what)  # fmt: skip
    if whole is not None:
        together = together_name(grouping, judged).replace(", ", ",\n")
        axes.plot(factor * whole, row.y, "o", markerfacecolor="none", color=INK, markersize=6,
                  label=None if together in named else together)  # fmt: skip


def _sign(gain: float, *, relative: bool) -> tuple[str, str]:
    """The colour of a gain and what it is called: too small for either within a threshold."""
    least = -DEFAULT_HARM_THRESHOLD if relative else 1.0
    if abs(gain) <= least:
        limit = f"{100 * least:g} %" if relative else f"{least:g} sd"
        return NEUTRAL, f"in its network: within ±{limit}"
    return (HELPFUL, "in its network: gain") if gain > 0 else (HARMFUL, "in its network: loss")


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


def _draw_boxes(axes: "Axes", grouping: "Grouping", rows: Sequence[_Row], size: float) -> None:
    """A frame around each network's lines, dashed where it was not trained."""
    from matplotlib.patches import Rectangle

    of_predicted = "network not trained:\npredicted"
    for at, network in enumerate(grouping.choice.networks):
        lines = [row.y for row in rows if row.network == at]
        low, high = min(lines) - _HEAD, max(lines) + 0.55
        axes.add_patch(
            Rectangle((0, low), 1, high - low, transform=axes.get_yaxis_transform(), fill=False,
                      edgecolor=INK, linewidth=0.9, clip_on=False,
                      linestyle="solid" if network.measured else "dashed",
                      label=None if network.measured else of_predicted)
        )  # fmt: skip
        of_predicted = of_predicted if network.measured else None
        cost = "" if network.cost == 1 else f", cost {network.cost:g}"
        axes.text(0.995, low + 0.08, f"network {at + 1}{cost}", fontsize=size, color=NEUTRAL,
                  ha="right", va="top", transform=axes.get_yaxis_transform(),
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip


def _draw_labels(axes: "Axes", rows: Sequence[_Row], font_size: float) -> None:
    axes.set_yticks([row.y for row in rows], [row.label for row in rows], fontsize=font_size)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        if row.task is None:
            label.set(style="italic", color=NEUTRAL)
    axes.set_ylim(max(row.y for row in rows) + 0.75, -_HEAD - 0.2)
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
