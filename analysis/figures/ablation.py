"""What a setting does, e.g. which layers are split: every task's change along the settings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import SeedMean
from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain
from analysis.figures.palette import INK, NEUTRAL
from analysis.figures.series import change_label, finish, series_look, shown_error
from analysis.short_names import shorten
from relations.errors import RelationsError, all_problems

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL_WIDTH = 18


def ablation_plot(
    comparison: Comparison,
    settings: Sequence[str],
    ax: "Axes | None" = None,
    *,
    baseline: str | None = None,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Changes along an ordered setting: split layer4, layers 3 to 4, 2 to 4, or seeds, or shares.

    A thin line a task, with standard errors, the thick line is delta_m. The band across is delta_m
    of the baseline, plus and minus its standard error.

    Args:
        comparison: The settings are methods of it.
        settings: Methods in the order from left to right.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        baseline: A method, e.g. plain multi-head training.
        title: Above the figure.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: A setting or the baseline is not a method, or no setting is named; all
            problems at once. Or a width comes with axes, or is too small.
    """
    _check(comparison, settings, baseline)
    count = len(settings)

    def draw(axes: "Axes") -> "Axes":
        _draw(axes, comparison, settings, baseline)
        axes.set_xticks(range(count), [plain(name) for name in shorten(settings, _LABEL_WIDTH)])
        axes.set_xlim(-0.5, count - 0.5)
        axes.set_ylabel(change_label(comparison))
        roomy = ax is None and width is None
        return finish(axes, title, "y", font_size, own=ax is None, key={}, roomy=roomy)

    wide = max(4.2, 2.2 + 0.9 * count)
    return sized(
        draw, ax, lambda size: new_axes(size, lower(3.4, size, wide)), width, wide=wide, least=2.4
    )


def _draw(
    axes: "Axes", comparison: Comparison, settings: Sequence[str], baseline: str | None
) -> None:
    """The baseline's band, a line a task, and delta_m."""
    if baseline is not None:
        _band(axes, comparison.delta_m(baseline), baseline)
    names = shorten(comparison.tasks, _LABEL_WIDTH)
    for number, task in enumerate(comparison.tasks):
        values = [comparison.change(setting, task) for setting in settings]
        look = series_look(number) | {"linestyle": "solid", "linewidth": 0.8, "markersize": 4}
        scale = 1 / comparison.kind(task).size  # of a relative change in per cent
        shift = 0.06 * (number - (len(comparison.tasks) - 1) / 2)
        _line(axes, values, scale, shift, names[number], look)
    means = [comparison.delta_m(setting) for setting in settings]
    thick = {"color": INK, "marker": "o", "linewidth": 2.2, "markersize": 5, "capsize": 3}
    if comparison.in_delta_m:
        _line(axes, means, 100, 0, "delta_m", thick)
    axes.axhline(0, color=INK, linewidth=0.8)


def _line(
    axes: "Axes", values: Sequence[SeedMean], scale: float, shift: float, name: str, look: dict
) -> None:
    """One line with error bars; shifted a little so that the bars do not hide each other."""
    axes.errorbar(
        np.arange(len(values)) + shift,
        [scale * value.mean for value in values],
        yerr=[scale * shown_error(value) for value in values],
        label=plain(name),
        **look,
    )


def _band(axes: "Axes", value: SeedMean, name: str) -> None:
    """The baseline's delta_m with its standard error, across the figure."""
    error = shown_error(value)
    low, high = 100 * (value.mean - error), 100 * (value.mean + error)
    axes.axhspan(low, high, color=NEUTRAL, alpha=0.25, linewidth=0, gid="baseline")
    label = plain(f"delta_m of {name}")
    axes.axhline(100 * value.mean, color=NEUTRAL, linestyle="dashed", linewidth=1, label=label)


def _check(comparison: Comparison, settings: Sequence[str], baseline: str | None) -> None:
    """Refuse what is not in the comparison."""
    problems = [] if settings else ["no setting is named; name methods of the comparison."]
    asked = [*settings, *([] if baseline is None else [baseline])]
    known = ", ".join(comparison.methods)
    problems += [
        f"`{name}` is not a method; the methods are {known}."
        for name in asked
        if name not in comparison.methods
    ]
    if problems:
        raise RelationsError(all_problems("The settings cannot be drawn", problems))
