"""How much of an edge's harm each intervention removes, as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import UNDECIDED, Row
from analysis.diagnosis.weight_curve import WeightCurve
from analysis.figures.figure_file import new_axes, new_axes_below
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain
from analysis.figures.palette import INK, NEUTRAL
from analysis.figures.room import arrange, font_sizes
from analysis.figures.weight_curve import draw_weight_curve
from relations.errors import RelationsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE = 6.0  # inches
_LEFT, _RIGHT = -0.5, 1.5
"""The shares that are shown; intervals are cut off there."""


def diagnosis_plot(
    rows: Sequence[Row],
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    curve: WeightCurve | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Shares of the harm removed with their intervals, one line an intervention.

    A filled mark is a decided verdict, an empty one an undecided. The line at one half is what the
    verdict is about: whether more than half of the harm is gone.

    Args:
        rows: From top to bottom, one or more.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        curve: Of a sweep of the source's weight, drawn below; in a figure of its own only.
        width: See `change_plot`.
        font_size: See there.

    Raises:
        RelationsError: There is nothing to draw; a width comes with axes, or is too small.
    """
    if not rows:
        raise RelationsError("A diagnosis without interventions cannot be drawn; train some.")
    high = (0.9 + 0.35 * len(rows)) * font_size / 9
    below: list[Axes] = []

    def own(size: float) -> "Axes":
        if curve is None:
            return new_axes(size, high)
        axes, under = new_axes_below(size, high, lower(2.6, size, _WIDE))
        below[:] = [under]
        return axes

    def draw(axes: "Axes") -> "Axes":
        for place, row in enumerate(rows):
            _draw(axes, row, place)
        _write(axes, rows)
        if curve is not None and ax is None:
            (under,) = below
            draw_weight_curve(curve, under)
            font_sizes(under, font_size)
            arrange(under, font_size, own=True)
        font_sizes(axes, font_size)
        if title is not None:
            axes.set_title(plain(title), fontsize=10 / 9 * font_size)
        arrange(axes, font_size, own=ax is None)
        return axes

    return sized(draw, ax, own, width, wide=_WIDE, least=2.4)


def _write(axes: "Axes", rows: Sequence[Row]) -> None:
    """Lines at nothing, half and all of the harm, and the names."""
    axes.axvline(0.5, color=NEUTRAL, linestyle="dashed", linewidth=1)
    for edge in (0, 1):
        axes.axvline(edge, color=NEUTRAL, linewidth=0.8)
    names = [plain(f"{row.intervention} ({row.takes_away})") for row in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(_LEFT, _RIGHT)
    axes.set_xticks([0, 0.5, 1], ["none", "half", "all"])
    axes.set_xlabel(plain(f"share of the harm that is gone{_marks(rows)}"))


def _marks(rows: Sequence[Row]) -> str:
    """What filled and empty marks are, of those that occur."""
    known = [row for row in rows if row.removed.share == row.removed.share]
    filled = {row.removed.verdict != UNDECIDED for row in known}
    parts = ["filled: decided"] if True in filled else []
    parts += ["empty: undecided"] if False in filled else []
    return f"\n({', '.join(parts)})" if parts else ""


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
