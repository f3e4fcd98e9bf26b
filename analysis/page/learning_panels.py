"""Learning curves as the page draws them: a small picture for each task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.curves.line_looks import LineLook, company_looks
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

if TYPE_CHECKING:
    from analysis.curves.trained_curves import TrainedCurves

WIDTH, HEIGHT = 340, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 8, 34
_MOST_LINES, _MOST_PANELS = 8, 24


@dataclass(frozen=True)
class DrawnLine:
    """A curve in a panel.

    Attributes:
        label: With whom.
        look: Classes of its colour and its stroke.
        path: Of the mean, broken where it is not known.
        band: From the lowest seed to the highest; "" where it has none.
        said: What a pointer that rests on it reads.
    """

    label: str
    look: str
    path: str
    band: str
    said: str


@dataclass(frozen=True)
class Panel:
    """One task's curves.

    Attributes:
        task: Its name.
        lines: Those behind first.
        across: (place, text) of the ticks of the steps.
        up: (place, text) of the ticks of the losses.
        logarithmic: Whether the axis of the losses is.
        said: The picture in words.
        hidden: How many partners are not shown.
    """

    task: str
    lines: tuple[DrawnLine, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]
    logarithmic: bool
    said: str
    hidden: int


@dataclass(frozen=True)
class LearningPanels:
    """The section of the page.

    Attributes:
        panels: A panel a task that has curves.
        legend: (label, look) of all lines.
        seeds: Whether a band is shown.
        hidden: How many tasks have no room.
        size: Width, height, and the edges of the drawing: left, right, top, bottom.
    """

    panels: tuple[Panel, ...]
    legend: tuple[tuple[str, str], ...]
    seeds: bool
    hidden: int
    size: tuple[int, int, int, int, int, int] = (
        *(WIDTH, HEIGHT, _LEFT, WIDTH - _RIGHT),
        *(_TOP, HEIGHT - _BOTTOM),
    )


def learning_panels(trained: "TrainedCurves | None", tasks: Sequence[str]) -> LearningPanels | None:
    """The learning curves of a page.

    Args:
        trained: Of the ledger; None where there is none.
        tasks: Those of the page, in its order; runs with others are left out.

    Returns:
        None where no curve is known.
    """
    if trained is None:
        return None
    of_page = type(trained)(tuple(tasks), trained.runs, trained.ledger)
    every = {task: curves_of(task, of_page) for task in tasks}
    known = {task: curves for task, curves in every.items() if curves}
    if not known:
        return None
    drawn = list(known.items())[:_MOST_PANELS]
    shown = {task: telling(curves, _MOST_LINES) for task, curves in drawn}
    companies = {one.label: one.partner for curves in shown.values() for one in curves}
    looks = _looks(tasks, companies)
    panels = tuple(
        _panel(task, curves, looks, len(known[task]) - len(curves))
        for task, curves in shown.items()
    )
    return LearningPanels(
        panels,
        tuple(looks.items()),
        any(line.band for panel in panels for line in panel.lines),
        len(known) - len(panels),
    )


def _looks(tasks: Sequence[str], companies: Mapping[str, str | None]) -> dict[str, str]:
    """Label -> classes of its line, in the order of the legend: as in a figure."""
    beside = {label: one for label, one in companies.items() if label not in (ALONE, ALL)}
    looks = {label: _classes(look) for label, look in company_looks(tasks, beside).items()}
    ordered = {ALONE: "alone", **looks, ALL: "all"}
    return {label: look for label, look in ordered.items() if label in companies}


def _classes(look: LineLook) -> str:
    return f"c{look.colour} s{look.stroke}"


def _panel(task: str, curves: Sequence[SeedCurve], looks: Mapping[str, str], hidden: int) -> Panel:
    logarithmic = is_logarithmic(curves)
    values = np.concatenate([part for one in curves for part in (one.mean, one.low, one.high)])
    values = values[np.isfinite(values)]
    if not values.size:
        values = np.array([0.0, 1.0])
    up = _Axis(values.min(), values.max(), HEIGHT - _BOTTOM, _TOP, logarithmic=logarithmic)
    last = max(one.steps[-1] for one in curves)
    across = _Axis(min(1.0, last), last, _LEFT, WIDTH - _RIGHT)
    lines = [
        _line(one, looks[one.label], across, up, banded=is_banded(one, curves)) for one in curves
    ]
    ends = ", ".join(f"{one.label} {_number(one.last)}" for one in curves)
    return Panel(
        task,
        tuple(reversed(lines)),
        across.ticks(whole=True),
        up.ticks(),
        logarithmic,
        f"Training loss of {task} over {last:.0f} steps; at the end: {ends}",
        hidden,
    )


def _line(curve: SeedCurve, look: str, across: "_Axis", up: "_Axis", *, banded: bool) -> DrawnLine:
    x = across.places(curve.steps)
    mean, low, high = (up.places(part) for part in (curve.mean, curve.low, curve.high))
    return DrawnLine(
        curve.label,
        look,
        " ".join(_stretch(x[part], mean[part]) for part in _known(mean)),
        " ".join(
            f"{_stretch(x[part], high[part])}L{_stretch(x[part][::-1], low[part][::-1])[1:]}Z"
            for part in _known(mean)
            if banded
        ),
        f"{curve.label}: {_number(curve.last)} at the end, "
        f"{curve.seeds} seed{'s' * (curve.seeds != 1)}",
    )


def _known(places: NDArray[np.float64]) -> list[slice]:
    """The stretches of a line that are known."""
    edges = np.flatnonzero(np.diff(np.isfinite(places), prepend=False, append=False))
    return [slice(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _stretch(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    points = [f"{across:.4g} {up:.4g}" for across, up in zip(x, y, strict=True)]
    return f"M{'L'.join(points if len(points) > 1 else points * 2)}"


def _number(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "not known"


class _Axis:
    """Values to places, from the first one to the last."""

    def __init__(
        self, low: float, high: float, first: float, last: float, *, logarithmic: bool = False
    ) -> None:
        self._scale = np.log10 if logarithmic else np.asarray
        self._low, self._high = float(low), float(high)
        self._first, self._last = first, last
        self._logarithmic = logarithmic

    def places(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where values are; a single one is in the middle."""
        low, high = self._scale(self._low), self._scale(self._high)
        share = (self._scale(values) - low) / (high - low) if high > low else 0.5 + 0 * values
        return self._first + share * (self._last - self._first)

    def ticks(self, *, whole: bool = False) -> tuple[tuple[float, str], ...]:
        """(place, text) of a few round values."""
        found = ticks(self._low, self._high, logarithmic=self._logarithmic, whole=whole)
        places = self.places(found)
        return tuple(
            (round(float(at), 1), f"{one:g}") for at, one in zip(places, found, strict=True)
        )
