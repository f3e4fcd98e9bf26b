"""The figure of probe.py: growth with tasks, ratios, and where the ensemble pays."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from probe_ways import OURS, WAYS

from analysis.figures.figure_file import save
from analysis.figures.palette import INK, NEUTRAL, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from measured_matrix import Matrix

_COLORS = dict(zip(WAYS, (NEUTRAL, INK, *SERIES), strict=False))
_MARKERS = dict(zip(WAYS, "xosD^", strict=True))


def draw(matrices: "Sequence[Matrix]", path: Path) -> None:
    """Three panels side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.2), layout="compressed")
    left, middle, right = figure.subplots(1, 3)
    _tasks(left, matrices)
    _ratios(middle, matrices)
    _widths(right, matrices)
    save(figure, path)


def _tasks(axes: "Axes", matrices: "Sequence[Matrix]") -> None:
    """Seconds against the number of tasks."""
    chosen = sorted(
        (one for one in matrices if one.name.count(":") == 1 and one.name.startswith("planted")),
        key=lambda one: one.tasks,
    )
    chosen = [one for one in chosen if one.seeds == 1]
    tasks = [one.tasks for one in chosen]
    for way in WAYS:
        seconds = [one.seconds(way) for one in chosen]
        axes.loglog(tasks, seconds, color=_COLORS[way], marker=_MARKERS[way], label=way)
    axes.set_xticks(tasks, [str(count) for count in tasks])
    axes.minorticks_off()
    _number(axes.yaxis, (3, 10, 30))
    axes.set(xlabel="tasks (planted)", ylabel="seconds of the matrix, one seed")
    axes.legend(frameon=False, fontsize=8)


def _ratios(axes: "Axes", matrices: "Sequence[Matrix]") -> None:
    """How many times faster than the script on one thread, as bars."""
    script = "script, one thread"
    chosen = [one for one in matrices if not np.isnan(one.seconds(script)) and one.seeds == 1]
    places = np.arange(len(chosen))
    for number, way in enumerate(OURS):
        values = [one.seconds(script) / one.seconds(way) for one in chosen]
        bars = axes.bar(places + 0.27 * (number - 1), values, 0.25, color=_COLORS[way], label=way)
        axes.bar_label(bars, [f"{value:.1f}" for value in values], fontsize=7)
    axes.axhline(1, color=NEUTRAL, linewidth=0.8)
    axes.set_xticks(places, [one.name for one in chosen], rotation=20, fontsize=8)
    axes.set_ylabel("times faster than the script on one thread")
    axes.legend(frameon=False, fontsize=8)


def _widths(axes: "Axes", matrices: "Sequence[Matrix]") -> None:
    """Ratio of processes to ensemble against width."""
    kinds = {"planted": "bottleneck's rows / 12", "figures": "factor of figures' widths"}
    four = [one for one in matrices if one.tasks == 4 and not np.isnan(one.seconds("processes"))]
    four.sort(key=lambda one: (one.width, one.seeds))
    for color, (kind, label) in zip(SERIES, kinds.items(), strict=False):
        unit = 12 if kind == "planted" else 1
        # Of several numbers of seeds the largest stays.
        found = {
            one.width / unit: one.seconds("processes") / one.seconds("ensemble")
            for one in four
            if one.name.startswith(kind)
        }
        axes.loglog(list(found), list(found.values()), marker="o", color=color, label=label)
    axes.axhline(1, color=NEUTRAL, linewidth=0.8)
    _number(axes.xaxis, (0.5, 1, 4, 16, 64))
    _number(axes.yaxis, (0.5, 1, 2, 5))
    axes.set(xlabel="width", ylabel="seconds of processes / of ensemble, T = 4")
    axes.legend(frameon=False, fontsize=8)


def _number(axis: "Axis", ticks: "Sequence[float]") -> None:
    """Plain numbers on a logarithmic axis instead of powers of ten."""
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
