"""Methods compared in pictures: their changes of every task, and what delta_m costs."""

from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.comparison import Comparison
from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain, score_digits
from analysis.figures.palette import INK
from analysis.figures.series import (
    LABEL_WIDTH,
    change_label,
    finish,
    key_columns,
    method_look,
    more_width,
    other_methods,
    shown_error,
)
from analysis.short_names import shorten
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TASK_WIDTH = 14
_HIGH = 3.4  # inches


def change_plot(
    comparison: Comparison,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Every method's change of every task against single-task training, with standard errors.

    Args:
        comparison: The methods; single-task training is the line at 0.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: Of the saved figure in inches, such as 3.3 for a column of a paper; as wide as is
            comfortable when it is not given. For figures of its own only.
        font_size: Of the names of axes in points; the other texts are a little smaller. 7 goes with
            3.3 inches.

    Returns:
        The axes. Below each task stands its single-task score. Where some changes are absolute or
        standardised, all are in sizes of their task's threshold. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """
    methods, count = other_methods(comparison), len(comparison.tasks)

    def draw(axes: "Axes") -> "Axes":
        _draw_changes(axes, comparison, methods)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xticks(range(count), _task_labels(comparison))
        axes.tick_params(axis="x", length=0)
        axes.set_xlim(-0.5, count - 0.5)
        axes.set_ylabel(change_label(comparison))
        key, roomy = {"ncols": key_columns(len(methods))}, ax is None and width is None
        return finish(axes, title, "y", font_size, own=ax is None, key=key, roomy=roomy)

    wide = max(4.2, 1.5 + 0.16 * count * (len(methods) + 1)) + more_width(len(methods))
    return sized(
        draw, ax, lambda size: new_axes(size, lower(_HIGH, size, wide)), width, wide=wide, least=2.4
    )


def _draw_changes(axes: "Axes", comparison: Comparison, methods: list[str]) -> None:
    """Means with standard errors, side by side at each task."""
    labels = shorten(methods, LABEL_WIDTH)
    scales = [1 / comparison.kind(task).size for task in comparison.tasks]  # relative: per cent
    for number, method in enumerate(methods):
        values = [comparison.change(method, task) for task in comparison.tasks]
        shift = 0.7 * ((number + 0.5) / len(methods) - 0.5)
        axes.errorbar(
            np.arange(len(values)) + shift,
            [scale * value.mean for scale, value in zip(scales, values, strict=True)],
            yerr=[scale * shown_error(value) for scale, value in zip(scales, values, strict=True)],
            label=plain(labels[number]),
            **method_look(comparison, method),
        )


def cost_plot(
    comparison: Comparison,
    cost: str,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Delta_m against a cost, for the methods whose cost is known.

    Args:
        comparison: The methods, with `costs`.
        cost: Name of the cost, e.g. "parameters [M]".
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: No method has this cost; the message lists the costs there are; a width
            comes with axes, or is too small.
    """
    known = [method for method in comparison.methods if cost in comparison.costs.get(method, {})]
    if not known:
        names = dict.fromkeys(name for costs in comparison.costs.values() for name in costs)
        raise RelationsError(
            f"No method has the cost `{cost}`; known: {', '.join(names) or 'none'}."
        )

    def draw(axes: "Axes") -> "Axes":
        for method, label in zip(known, shorten(known, LABEL_WIDTH), strict=True):
            value = comparison.delta_m(method)
            axes.errorbar(
                comparison.costs[method][cost],
                100 * value.mean,
                yerr=100 * shown_error(value),
                label=plain(label),
                **method_look(comparison, method),
            )
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_xlabel(plain(f"{cost}, less is better"))
        axes.set_ylabel("delta_m [%], mean ± standard error,\nmore is better, 0 is single-task")
        key, roomy = {"ncols": key_columns(len(known))}, ax is None and width is None
        return finish(axes, title, "both", font_size, own=ax is None, key=key, roomy=roomy)

    wide = 5.6 + more_width(len(known))
    return sized(
        draw, ax, lambda size: new_axes(size, lower(_HIGH, size, wide)), width, wide=wide, least=2.4
    )


def _task_labels(comparison: Comparison) -> list[str]:
    """Every task with its single-task score."""
    scores = np.array([comparison.score(comparison.single, t).mean for t in comparison.tasks])
    names = shorten(comparison.tasks, _TASK_WIDTH)
    return [
        plain(f"{name}\n{score:.{score_digits(np.array([score]))}f}")
        for name, score in zip(names, scores, strict=True)
    ]
