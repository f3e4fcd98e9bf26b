"""How much of an edge's harm each intervention removes, as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import UNDECIDED, Row
from analysis.diagnosis.weight_curve import WeightCurve
from analysis.figures.figure_file import new_axes, new_axes_below
from analysis.figures.labels import plain
from analysis.figures.palette import INK, NEUTRAL
from analysis.figures.weight_curve import draw_weight_curve
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEFT, _RIGHT = -0.5, 1.5
"""The shares that are shown; intervals are cut off there."""


def diagnosis_plot(
    rows: Sequence[Row],
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    curve: WeightCurve | None = None,
) -> "Axes":
    """Shares of the harm removed with their intervals, one line an intervention.

    A filled mark is a decided verdict, an empty one an undecided. The line at one half is what the
    verdict is about: whether more than half of the harm is gone.

    Args:
        rows: From top to bottom, one or more.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        curve: Of a sweep of the source's weight, drawn below; in a figure of its own only.

    Raises:
        RelationsError: There is nothing to draw.
    """
    if not rows:
        raise RelationsError("A diagnosis without interventions cannot be drawn; train some.")
    axes = new_axes(6.0, 1.2 + 0.35 * len(rows)) if ax is None else ax
    if curve is not None and ax is None:
        axes, below = new_axes_below(6.0, 1.2 + 0.35 * len(rows), 2.6)
        draw_weight_curve(curve, below)
    for place, row in enumerate(rows):
        _draw(axes, row, place)
    axes.axvline(0.5, color=NEUTRAL, linestyle="dashed", linewidth=1)
    for edge in (0, 1):
        axes.axvline(edge, color=NEUTRAL, linewidth=0.8)
    axes.set_yticks(
        range(len(rows)), [plain(f"{row.intervention} ({row.takes_away})") for row in rows]
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(_LEFT, _RIGHT)
    axes.set_xlabel("share of the harm that is removed")
    if title is not None:
        axes.set_title(plain(title))
    return axes


def _draw(axes: "Axes", row: Row, place: int) -> None:
    removed = row.removed
    if removed.share != removed.share:  # no log ratio
        axes.text(0.5, place, "scores without a ratio", ha="center", va="center")
        return
    if removed.lower == removed.lower:  # NaN with one seed
        ends = [min(max(end, _LEFT), _RIGHT) for end in (removed.lower, removed.upper)]
        axes.plot(ends, [place, place], color=INK, linewidth=1.4)
    fill = "white" if removed.verdict == UNDECIDED else INK
    share = min(max(removed.share, _LEFT), _RIGHT)
    axes.plot([share], [place], "o", color=INK, markerfacecolor=fill, markersize=6)
