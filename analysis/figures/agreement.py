"""Agreement of estimates with a probe against what they cost."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain
from analysis.figures.palette import INK, SERIES
from analysis.figures.series import LABEL_WIDTH, MARKERS, finish
from analysis.short_names import shorten
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.estimates.agreement import Agreement
    from relations.estimates.judge import Row

_WIDE = 6.6  # inches
_BASELINES = {"random": (0, (1, 1.5)), "target-mean": (0, (5, 2))}


def agreement_plot(
    found: "Agreement",
    statistic: str = "spearman within targets",
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
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
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: There is no such statistic; a width comes with axes, or is too small.
    """
    from relations.estimates.judge import STATISTICS

    if statistic not in STATISTICS:
        raise RelationsError(
            f"There is no statistic {statistic!r}; there are {', '.join(STATISTICS)}."
        )

    def draw(axes: "Axes") -> "Axes":
        _draw_ways(axes, found, statistic)
        _draw_bounds(axes, found, statistic)
        axes.set_xlabel("cost [seeds of the whole probe]")
        axes.set_ylabel(statistic)
        roomy = ax is None and width is None
        return finish(axes, title, None, font_size, own=ax is None, key={}, roomy=roomy)

    def own(size: float) -> "Axes":
        return new_axes(size, lower(3.8, size, _WIDE))

    return sized(draw, ax, own, width, wide=_WIDE, least=2.4)


def _draw_ways(axes: "Axes", found: "Agreement", statistic: str) -> None:
    """The estimates, and the probe itself."""
    from matplotlib.ticker import LogFormatter

    probe = [row for row in found.rows if row.name.startswith("probe, ")]
    others = [row for row in found.rows if row not in probe and row.name not in _BASELINES]
    names = shorten([row.name for row in others], LABEL_WIDTH)
    for number, (row, name) in enumerate(zip(others, names, strict=True)):
        marker, color = MARKERS[number % len(MARKERS)], SERIES[number % len(SERIES)]
        _draw(axes, found, [row], statistic, marker=marker, color=color, label=plain(name))
    if probe:
        style = {"marker": ".", "color": INK, "linestyle": "-", "linewidth": 1}
        _draw(axes, found, probe, statistic, label="the probe itself, against its rest", **style)
    axes.set_xscale("log")
    for place in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        place(LogFormatter(minor_thresholds=(1, 0.4)))  # 1 2 3 5 10 instead of powers


def _draw_bounds(axes: "Axes", found: "Agreement", statistic: str) -> None:
    """Lines of the baselines, and of what a perfect estimate could show."""
    from relations.estimates.judge import WITHIN

    for name, line in _BASELINES.items():
        value = found.row(name).values[statistic].value
        if not np.isnan(value):
            axes.axhline(value, color="0.5", linewidth=1, linestyle=line, label=name)
    if statistic == WITHIN and not np.isnan(found.reachable):
        axes.axhline(found.reachable, color=INK, linewidth=0.8, label="reachable")


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
