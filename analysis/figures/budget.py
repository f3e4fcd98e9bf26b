"""What the best grouping gains by what its networks cost, as a picture."""

import math
from typing import TYPE_CHECKING

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.palette import NEUTRAL, SERIES
from analysis.figures.room import arrange, font_sizes
from analysis.grouping_ways import TOGETHER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.grouping.budget_curve import BudgetCurve

_WIDE = 4.6  # inches


def budget_plot(
    curve: "BudgetCurve",
    ax: "Axes | None" = None,
    *,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Draw the mean gain of the best grouping against what its networks cost.

    Filled dots are groupings all of whose networks were trained, hollow ones are predicted. Crosses
    are what pairs alone predict of the groupings that they would have chosen.

    Args:
        curve: The best groupings of all budgets.
        ax: Where to draw; a figure of its own when it is not given.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """

    def draw(axes: "Axes") -> "Axes":
        _draw(axes, curve)
        axes.set_xlabel("cost of the networks (one of full size = 1)")
        axes.set_ylabel(f"mean change to training alone [{unit_of(relative=curve.relative)[1]}]")
        font_sizes(axes, font_size)
        roomy = ax is None and width is None
        arrange(axes, font_size, own=ax is None, key={}, roomy=roomy)
        return axes

    def own(size: float) -> "Axes":
        return new_axes(size, lower(3.0, size, _WIDE))

    return sized(draw, ax, own, width, wide=_WIDE, least=2.4)


def unit_of(*, relative: bool) -> tuple[float, str]:
    """What changes are multiplied by, and their unit."""
    return (100.0, "%") if relative else (1.0, "sd")


def _draw(axes: "Axes", curve: "BudgetCurve") -> None:
    """Best groupings, what pairs predict, chance, and one network for all."""
    budgets = [point.budget for point in curve.points]
    factor, _ = unit_of(relative=curve.relative)
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
