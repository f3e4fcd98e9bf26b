"""Agreement of estimates with a probe against what they cost."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.labels import plain
from analysis.figures.palette import INK, SERIES
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.estimates.agreement import Agreement
    from relations.estimates.judge import Row

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_BASELINES = {"random": (0, (1, 1.5)), "target-mean": (0, (5, 2))}


def agreement_plot(
    found: "Agreement",
    statistic: str = "spearman within targets",
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
) -> "Axes":
    """Draw one statistic of every way of guessing against its cost in seeds of the probe.

    Estimates have a marker each, with their interval; the probe itself is a line over 1 seed and
    half of its seeds: what the same cost buys there. Baselines are horizontal lines, and so is the
    highest rank correlation within targets that the probe's noise lets a perfect estimate show.

    Args:
        found: Estimates beside a probe.
        statistic: One of `relations.estimates.judge.STATISTICS`.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: There is no such statistic.
    """
    from matplotlib.ticker import LogFormatter

    from relations.estimates.judge import STATISTICS, WITHIN

    if statistic not in STATISTICS:
        raise RelationsError(
            f"There is no statistic {statistic!r}; there are {', '.join(STATISTICS)}."
        )
    axes = new_axes(6.6, 3.8) if ax is None else ax
    probe = [row for row in found.rows if row.name.startswith("probe, ")]
    others = [row for row in found.rows if row not in probe and row.name not in _BASELINES]
    for number, row in enumerate(others):
        marker, color = _MARKERS[number % len(_MARKERS)], SERIES[number % len(SERIES)]
        _draw(axes, found, [row], statistic, marker=marker, color=color, label=plain(row.name))
    if probe:
        style = {"marker": ".", "color": INK, "linestyle": "-", "linewidth": 1}
        _draw(axes, found, probe, statistic, label="the probe itself, against its rest", **style)
    for name, line in _BASELINES.items():
        value = found.row(name).values[statistic].value
        if not np.isnan(value):
            axes.axhline(value, color="0.5", linewidth=1, linestyle=line, label=name)
    if statistic == WITHIN and not np.isnan(found.reachable):
        axes.axhline(found.reachable, color=INK, linewidth=0.8, label="reachable")
    axes.set_xscale("log")
    for place in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        place(LogFormatter(minor_thresholds=(1, 0.4)))  # 1 2 3 5 10 instead of powers
    axes.set_xlabel("cost [seeds of the whole probe]", fontsize=9)
    axes.set_ylabel(statistic, fontsize=9)
    axes.tick_params(which="both", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1))
    if title:
        axes.set_title(plain(title), fontsize=10)
    return axes


def _draw(
    axes: "Axes", found: "Agreement", rows: "list[Row]", statistic: str, **look: object
) -> None:
    """Values with their intervals over their costs."""
    values = [row.values[statistic] for row in rows]
    height = np.array([value.value for value in values])
    # The whole sample's value may lie outside its draws' interval; bars do not go backwards.
    below = np.maximum(height - [value.lower for value in values], 0)
    above = np.maximum([value.upper for value in values] - height, 0)
    cost = [row.trainings / found.probe_trainings for row in rows]
    style = {"linestyle": "none", "capsize": 2, "elinewidth": 0.8, "markersize": 5, **look}
    axes.errorbar(cost, height, yerr=[below, above], **style)  # pyright: ignore[reportArgumentType]
