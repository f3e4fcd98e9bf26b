"""Methods compared in pictures: changes, delta_m, paired differences, cost, training curves."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import SeedMean
from analysis.figures.figure_file import new_axes
from analysis.figures.labels import plain, score_digits
from analysis.figures.palette import INK, SERIES
from analysis.short_names import shorten
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A marker and a line a series: colour alone does not survive grey printing.
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
_LINES = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
_LABEL_WIDTH, _TASK_WIDTH = 28, 14
# Names in a column of the legend, and the width of one more column in inches.
_LEGEND_ROWS, _LEGEND_WIDTH = 14, 2.2


def change_plot(
    comparison: Comparison, ax: "Axes | None" = None, *, title: str | None = None
) -> "Axes":
    """Every method's change of every task against single-task training, with standard errors.

    Args:
        comparison: The methods; single-task training is the line at 0.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Below each task stands its single-task score. Where some changes are absolute or
        standardised, all are in sizes of their task's threshold. Nothing is shown.
    """
    methods = _others(comparison)
    count = len(comparison.tasks)
    width = max(4.2, 1.5 + 0.16 * count * (len(methods) + 1)) + _more_width(len(methods))
    axes = new_axes(width, 3.4) if ax is None else ax
    labels = shorten(methods, _LABEL_WIDTH)
    scales = [1 / comparison.kind(task).size for task in comparison.tasks]  # relative: per cent
    for number, method in enumerate(methods):
        values = [comparison.change(method, task) for task in comparison.tasks]
        shift = 0.7 * ((number + 0.5) / len(methods) - 0.5)
        axes.errorbar(
            np.arange(count) + shift,
            [scale * value.mean for scale, value in zip(scales, values, strict=True)],
            yerr=[scale * shown_error(value) for scale, value in zip(scales, values, strict=True)],
            label=plain(labels[number]),
            **_look(comparison, method),
        )
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xticks(range(count), _task_labels(comparison))
    axes.tick_params(axis="x", length=0, labelsize=8, rotation=0 if count <= 8 else 90)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylabel(change_label(comparison), fontsize=9)
    finish(axes, title, "y")
    _legend(axes, len(methods))
    return axes


def change_label(comparison: Comparison) -> str:
    """What the changes on an axis are, and in which unit."""
    relative = len(comparison.in_delta_m) == len(comparison.tasks)
    unit = "[%]" if relative else "in sizes\nof the task's threshold (1 % where relative)"
    return f"change against single-task {unit},\nmean ± standard error"


def delta_m_plot(
    comparison: Comparison, ax: "Axes | None" = None, *, title: str | None = None
) -> "Axes":
    """Delta_m of every method: a dot a seed, the mean with its standard error.

    Args:
        comparison: The methods, in the order from top to bottom.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.
    """
    values = {method: [*comparison.deltas(method).values()] for method in _others(comparison)}
    axes = _rows(comparison, values, ax)
    axes.set_xlabel("delta_m against single-task [%], mean ± standard error", fontsize=9)
    finish(axes, title, "x")
    return axes


def paired_plot(
    comparison: Comparison,
    baseline: str,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
) -> "Axes":
    """Delta_m of every method minus that of a baseline: a dot a seed, mean and standard error.

    Args:
        comparison: The methods.
        baseline: What the others are compared with.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: The baseline is not a method, or there is nothing to compare with it.
        ScoreError: A method has no seed in common with the baseline.
    """
    methods = [method for method in _others(comparison) if method != baseline]
    if not methods:
        raise RelationsError(f"There is no method to compare with `{baseline}`; add one.")
    values = {method: [*comparison.pairs(method, baseline).values()] for method in methods}
    axes = _rows(comparison, values, ax)
    label = f"delta_m minus that of {baseline} [points], mean ± standard error"
    axes.set_xlabel(plain(label), fontsize=9)
    finish(axes, title, "x")
    return axes


def cost_plot(
    comparison: Comparison, cost: str, ax: "Axes | None" = None, *, title: str | None = None
) -> "Axes":
    """Delta_m against a cost, for the methods whose cost is known.

    Args:
        comparison: The methods, with `costs`.
        cost: Name of the cost, e.g. "parameters [M]".
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: No method has this cost; the message lists the costs there are.
    """
    known = [method for method in comparison.methods if cost in comparison.costs.get(method, {})]
    if not known:
        names = dict.fromkeys(name for costs in comparison.costs.values() for name in costs)
        raise RelationsError(
            f"No method has the cost `{cost}`; known: {', '.join(names) or 'none'}."
        )
    axes = new_axes(5.6 + _more_width(len(known)), 3.4) if ax is None else ax
    for method, label in zip(known, shorten(known, _LABEL_WIDTH), strict=True):
        value = comparison.delta_m(method)
        axes.errorbar(
            comparison.costs[method][cost],
            100 * value.mean,
            yerr=100 * shown_error(value),
            label=plain(label),
            **_look(comparison, method),
        )
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(plain(cost), fontsize=9)
    axes.set_ylabel("delta_m [%], mean ± standard error", fontsize=9)
    finish(axes, title, "both")
    _legend(axes, len(known))
    return axes


def curve_plot(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    single: Mapping[str, float] | None = None,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
) -> "Axes":
    """Training curves with each task's single-task level.

    Args:
        curves: Task -> (steps, scores).
        single: Task -> single-task score, a thin level of the same colour and marker.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.

    Returns:
        The axes. Nothing is shown.
    """
    axes = new_axes(5.6, 3.4) if ax is None else ax
    for number, (task, (steps, scores)) in enumerate(curves.items()):
        color = SERIES[number % len(SERIES)]
        line = _LINES[(number // len(SERIES)) % len(_LINES)]
        marker = _MARKERS[number % len(_MARKERS)]
        axes.plot(
            steps,
            scores,
            color=color,
            linestyle=line,
            marker=marker,
            markersize=4,
            markevery=0.2,
            label=plain(task),
        )
        if single is not None and task in single:
            # The marker at its end tells the tasks' levels apart in grey.
            axes.plot(
                [0, 1],
                [single[task]] * 2,
                color=color,
                linewidth=0.8,
                linestyle="dotted",
                marker=marker,
                markersize=4,
                markevery=[1],
                clip_on=False,
                transform=axes.get_yaxis_transform(),
                gid="single",
            )
    axes.set_xlabel("step", fontsize=9)
    axes.set_ylabel("score (dotted: single-task)" if single else "score", fontsize=9)
    finish(axes, title, "both")
    axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.02, 1))
    return axes


def _more_width(names: int) -> float:
    """Inches that the legend's columns but the first take."""
    return _LEGEND_WIDTH * ((names - 1) // _LEGEND_ROWS)


def _legend(axes: "Axes", names: int) -> None:
    """The legend beside the axes, in as many columns as fit its height."""
    columns = 1 + (names - 1) // _LEGEND_ROWS
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.02, 1), "ncols": columns}
    axes.legend(fontsize=8, frameon=False, **place)


def _others(comparison: Comparison) -> list[str]:
    """The methods but single-task training."""
    return [method for method in comparison.methods if method != comparison.single]


def shown_error(value: SeedMean) -> float:
    """A standard error as the length of an error bar: none where it is not known."""
    return 0.0 if np.isnan(value.se) else value.se


def _look(comparison: Comparison, method: str) -> dict[str, Any]:
    """Colour and marker of a method, the same in every plot of a comparison."""
    return series_look(comparison.methods.index(method)) | {"linestyle": "none"}


def series_look(number: int) -> dict[str, Any]:
    """Colour and marker of a series by its number."""
    return {
        "color": SERIES[number % len(SERIES)],
        "marker": _MARKERS[number % len(_MARKERS)],
        "markersize": 5,
        "capsize": 2.5,
        "elinewidth": 1.2,
    }


def _rows(
    comparison: Comparison, values: Mapping[str, Sequence[float]], ax: "Axes | None"
) -> "Axes":
    """A row a method: its seeds as pale dots, below them their mean and standard error."""
    axes = new_axes(5.6, 0.9 + 0.36 * len(values)) if ax is None else ax
    for row, (method, fractions) in enumerate(values.items()):
        percents = 100 * np.array(fractions)
        value = SeedMean.of(percents)
        look = _look(comparison, method)
        rows = np.full(len(percents), row - 0.17)
        axes.scatter(percents, rows, s=14, color=look["color"], alpha=0.6, linewidths=0, gid="seed")
        axes.errorbar(value.mean, row + 0.08, xerr=shown_error(value), **look)
    axes.axvline(0, color=INK, linewidth=0.8)
    labels = [plain(name) for name in shorten(list(values), _LABEL_WIDTH)]
    axes.set_yticks(range(len(values)), labels, fontsize=9)
    axes.set_ylim(len(values) - 0.5, -0.5)
    return axes


def _task_labels(comparison: Comparison) -> list[str]:
    """Every task with its single-task score."""
    scores = np.array([comparison.score(comparison.single, t).mean for t in comparison.tasks])
    names = shorten(comparison.tasks, _TASK_WIDTH)
    return [
        plain(f"{name}\n{score:.{score_digits(np.array([score]))}f}")
        for name, score in zip(names, scores, strict=True)
    ]


def finish(axes: "Axes", title: str | None, grid: Literal["x", "y", "both"]) -> None:
    """Light grid, no frame to the right and above."""
    axes.grid(axis=grid, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if title:
        axes.set_title(plain(title), fontsize=10)
