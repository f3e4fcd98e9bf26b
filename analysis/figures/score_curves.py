"""Training curves of scores with each task's single-task level."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.figures.figure_file import new_axes
from analysis.figures.fitting import lower, sized
from analysis.figures.labels import plain
from analysis.figures.palette import SERIES
from analysis.figures.series import LABEL_WIDTH, LINES, MARKERS, finish, key_columns, more_width
from analysis.short_names import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HIGH = 3.4  # inches


def curve_plot(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    single: Mapping[str, float] | None = None,
    ax: "Axes | None" = None,
    *,
    title: str | None = None,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Axes":
    """Training curves with each task's single-task level.

    Args:
        curves: Task -> (steps, scores).
        single: Task -> single-task score, a thin level of the same colour and marker.
        ax: Where to draw; a figure of its own, unknown to pyplot, when it is not given.
        title: Above the figure.
        width: See `change_plot`.
        font_size: See there.

    Returns:
        The axes. Nothing is shown.

    Raises:
        FigureFileError: A width comes with axes, or is too small.
    """

    def draw(axes: "Axes") -> "Axes":
        _draw_curves(axes, curves, single or {})
        axes.set_xlabel("step")
        axes.set_ylabel("score (dotted: single-task)" if single else "score")
        key, roomy = {"ncols": key_columns(len(curves))}, ax is None and width is None
        return finish(axes, title, "both", font_size, own=ax is None, key=key, roomy=roomy)

    wide = 5.6 + more_width(len(curves))
    return sized(
        draw, ax, lambda size: new_axes(size, lower(_HIGH, size, wide)), width, wide=wide, least=2.4
    )


def _draw_curves(
    axes: "Axes",
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    single: Mapping[str, float],
) -> None:
    """A line a task, and its single-task level."""
    names = dict(zip(curves, shorten(list(curves), LABEL_WIDTH), strict=True))
    for number, (task, (steps, scores)) in enumerate(curves.items()):
        color = SERIES[number % len(SERIES)]
        line = LINES[(number // len(SERIES)) % len(LINES)]
        marker = MARKERS[number % len(MARKERS)]
        axes.plot(
            steps,
            scores,
            color=color,
            linestyle=line,
            marker=marker,
            markersize=4,
            markevery=0.2,
            label=plain(names[task]),
        )
        if task in single:
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
