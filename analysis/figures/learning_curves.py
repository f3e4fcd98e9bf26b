"""Learning curves: a panel a task, its training loss alone and beside others."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from analysis.curves.line_looks import company_looks
from analysis.curves.seed_curves import (
    ALL,
    ALONE,
    SeedCurve,
    curves_of,
    is_banded,
    is_logarithmic,
    telling,
)
from analysis.curves.ticks import ticks
from analysis.figures.figure_file import FigureFileError
from analysis.figures.labels import plain
from analysis.figures.palette import INK, SERIES
from analysis.figures.series import LINES
from analysis.short_names import shorten
from relations.errors import RelationsError
from relations.tasks import check_known

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.curves.trained_curves import TrainedCurves

_PANEL = (2.5, 1.9)  # inches
_SMALLER = 7.5 / 9
_MOST_LINES = 10


def learning_curves(
    trained: "TrainedCurves",
    tasks: Sequence[str] = (),
    *,
    methods: bool = False,
    width: float | None = None,
    font_size: float = 9.0,
) -> "Figure":
    """Draw the training losses of tasks, alone and beside others.

    A line is the mean over seeds, its band reaches from the lowest seed to the highest; where a
    panel has more than five lines, only alone and with all have one. A partner has one colour in
    all panels. The axis of a loss is logarithmic where it is above 0 and spans more than a factor
    of eight. Of more than ten lines, those partners are left out that change the end least. Losses
    that are not finite are gaps.

    Args:
        trained: From `analysis.read_curves`.
        tasks: Only the panels of these; of all tasks when empty.
        methods: Show joint runs by other methods than multi-head as well.
        width: Of the saved figure in inches, such as 3.3 for a column of a paper; as wide as is
            comfortable when it is not given. As many panels as it holds stand side by side.
        font_size: Of the names of tasks in points; 7 goes with 3.3 inches.

    Raises:
        TaskError: There is no such task.
        RelationsError: None of the tasks has a curve; the figure cannot be so narrow.

    Example:
        >>> from analysis.curves.trained_curves import TrainedCurves
        >>> from relations import LossCurve, Run
        >>> runs = {Run(("pose",), seed): {"pose": LossCurve.of([2.0, 1.0])} for seed in (0, 1)}
        >>> figure = learning_curves(TrainedCurves(("pose",), runs))
        >>> [axes.get_title() for axes in figure.axes]
        ['pose']
    """
    check_known(tasks, trained.tasks)
    every = {task: curves_of(task, trained, methods=methods) for task in tasks or trained.tasks}
    shown = {task: telling(curves, _MOST_LINES) for task, curves in every.items() if curves}
    if not shown:
        raise RelationsError(f"There are no loss curves of {', '.join(every)}.")
    styles = _styles(trained.tasks, shown.values())
    figure, panels = _panels(len(shown), width, font_size)
    titles = shorten(list(shown), 28)
    for panel, title, curves in zip(panels, titles, shown.values(), strict=False):
        _draw(panel, plain(title), curves, styles, font_size)
    for panel in panels[len(shown) :]:
        panel.remove()
    _legend(figure, panels[: len(shown)], styles, font_size)
    return figure


def _panels(count: int, width: float | None, font_size: float) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    wide, high = (font_size / 9 * inches for inches in _PANEL)
    columns = {1: 1, 2: 2, 4: 2}.get(count, 3 if count <= 12 else 4)
    if width is None:
        width = columns * wide + 0.3
    elif width < 0.5 * wide:
        raise FigureFileError(
            f"A panel needs about {0.5 * wide:.2f} inches with letters of this size, `width` is "
            f"{width:g}. Take a smaller `font_size`, or make it wider."
        )
    else:
        columns = max(1, min(columns, int(width / (0.8 * wide))))
    rows = -(-count // columns)
    high = min(high, 0.8 * width / columns)
    size = (width, rows * high + 0.6 * font_size / 9)
    figure = Figure(figsize=size, layout="constrained")
    found = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for place, panel in enumerate(found):
        if place % columns == 0:
            panel.set_ylabel("training loss", fontsize=font_size)
        if place + columns >= count:
            panel.set_xlabel("step", fontsize=font_size)
    return figure, found


def _styles(tasks: Sequence[str], panels: Iterable[list[SeedCurve]]) -> dict[str, dict[str, Any]]:
    """Label -> how its line is drawn, in the order of a legend."""
    labels: dict[str, str | None] = {}
    for curves in panels:
        labels |= {one.label: one.partner for one in curves}
    companies = {label: one for label, one in labels.items() if label not in (ALONE, ALL)}
    styles = {ALONE: {"color": INK, "linewidth": 1.6, "zorder": 4}} if ALONE in labels else {}
    for label, look in company_looks(tasks, companies).items():
        styles[label] = {
            "color": SERIES[look.colour],
            "linestyle": LINES[look.stroke],
            "linewidth": 1.1,
        }
    if ALL in labels:
        stroke = LINES[len(labels) > 1]  # nothing is to be told from one line
        styles[ALL] = {"color": INK, "linestyle": stroke, "linewidth": 1.6, "zorder": 4}
    return styles


def _draw(
    axes: "Axes",
    title: str,
    curves: Sequence[SeedCurve],
    styles: dict[str, dict[str, Any]],
    font_size: float,
) -> None:
    import seaborn

    for curve in curves:
        style = styles[curve.label]
        axes.plot(curve.steps, curve.mean, label=curve.label, **style)
        if is_banded(curve, curves):
            axes.fill_between(
                curve.steps, curve.low, curve.high, color=style["color"], alpha=0.13, linewidth=0
            )
    axes.set_title(title, fontsize=font_size)
    axes.tick_params(labelsize=_SMALLER * font_size)
    if is_logarithmic(curves):
        axes.set_yscale("log")
        values = ticks(*axes.get_ylim(), logarithmic=True)
        axes.set_yticks(values, [f"{value:g}" for value in values])
        axes.minorticks_off()
    axes.margins(x=0)
    seaborn.despine(ax=axes)


def _legend(
    figure: "Figure",
    panels: "Sequence[Axes]",
    styles: dict[str, dict[str, Any]],
    font_size: float,
) -> None:
    handles = {}
    for panel in panels:
        handles |= {str(line.get_label()): line for line in panel.get_lines()}
    labels = [label for label in styles if label in handles]
    if len(labels) < 2:
        return
    names = [plain(name) for name in shorten(labels, 30)]
    widest = (0.45 + 0.065 * max(map(len, names))) * font_size / 9  # inches
    columns = max(1, min(len(labels), int(figure.get_size_inches()[0] / widest)))
    rows = -(-len(labels) // columns)
    figure.legend(
        [handles[label] for label in labels],
        names,
        loc="outside lower center",
        ncols=-(-len(labels) // rows),
        frameon=False,
        fontsize=_SMALLER * font_size,
    )
