"""Methods compared in pictures: delta_m and its differences, a line a method, a dot a seed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import SeedMean
from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import sized
from analysis.figures.labels import plain
from analysis.figures.palette import INK
from analysis.figures.series import LABEL_WIDTH, finish, method_look, other_methods, shown_error
from analysis.short_names import shorten
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_WIDE = 5.6  # inches


def delta_m_plot(
    comparison: Comparison,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Delta_m of every method: a dot a seed, the mean with its standard error.

    Args:
        comparison: The methods, in the order from top to bottom.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """
    values = {method: [*comparison.deltas(method).values()] for method in other_methods(comparison)}
    label = "delta_m against single-task [%], mean ± standard error"
    return _rows_plot(comparison, values, label, ax, title, width, font_size)


def paired_plot(
    comparison: Comparison,
    baseline: str,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Delta_m of every method minus that of a baseline: a dot a seed, mean and standard error.

    Args:
        comparison: The methods.
        baseline: What the others are compared with.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        RelationsError: The baseline is not a method, or there is nothing to compare with it.
        ScoreError: A method has no seed in common with the baseline.
        FigureFileError: A width comes with axes, or is too small.
    """
    methods = [method for method in other_methods(comparison) if method != baseline]
    if not methods:
        raise RelationsError(f"There is no method to compare with `{baseline}`; add one.")
    values = {method: [*comparison.pairs(method, baseline).values()] for method in methods}
    label = plain(f"delta_m minus that of {baseline} [points], mean ± standard error")
    return _rows_plot(comparison, values, label, ax, title, width, font_size)


def _rows_plot(
    comparison: Comparison,
    values: Mapping[str, Sequence[float]],
    label: str,
    ax: "Axes | None",
    title: str | None,
    width: float | None,
    font_size: float,
) -> "Axes":
    """A row a method of its values, a seed each, in a figure as high as there are methods."""

    def draw(axes: "Axes") -> "Axes":
        _draw_rows(axes, comparison, values)
        axes.set_xlabel(label)
        return finish(axes, title, "x", font_size, own=ax is None)

    high = (0.9 + 0.36 * len(values)) * font_size / 9
    return sized(draw, ax, lambda size: new_axes(size, high), width, wide=_WIDE, least=2.4)


def _draw_rows(axes: "Axes", comparison: Comparison, values: Mapping[str, Sequence[float]]) -> None:
    """A row a method: its seeds as pale dots, below them their mean and standard error."""
    for row, (method, fractions) in enumerate(values.items()):
        percents = 100 * np.array(fractions)
        value = SeedMean.of(percents)
        look = method_look(comparison, method)
        rows = np.full(len(percents), row - 0.17)
        axes.scatter(percents, rows, s=14, color=look["color"], alpha=0.6, linewidths=0, gid="seed")
        axes.errorbar(value.mean, row + 0.08, xerr=shown_error(value), **look)
    axes.axvline(0, color=INK, linewidth=0.8)
    labels = [plain(name) for name in shorten(list(values), LABEL_WIDTH)]
    axes.set_yticks(range(len(values)), labels)
    axes.set_ylim(len(values) - 0.5, -0.5)
