"""A task's training loss alone and beside others, put together over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.curves.trained_curves import TrainedCurves
from relations.loss_curves import LossCurve
from relations.runs import Run

POINTS = 100
"""Most points of a curve in a picture."""

_MOST = 1e100  # no picture has room for more; it counts as infinite

ALONE, ALL = "alone", "with all"
MULTI_HEAD = "multi-head"

_BANDS_UP_TO = 5

LOG_RATIO = 8.0
"""Losses that span such a factor are drawn on a logarithmic axis."""


@dataclass(frozen=True)
class SeedCurve:
    """The training loss of a task in runs that differ in their seeds alone.

    Attributes:
        label: With whom it was trained: "alone", "with reid", "with all", or by which method.
        partner: The one task beside it; None where there is none, or more than one.
        seeds: How many runs.
        steps: [P] steps of the task at which the points stand, ascending.
        mean: [P] mean over the seeds whose loss there is finite; NaN where none is.
        low: [P] the lowest of these seeds.
        high: [P] the highest.
    """

    label: str
    partner: str | None
    seeds: int
    steps: NDArray[np.float64] = field(repr=False)
    mean: NDArray[np.float64] = field(repr=False)
    low: NDArray[np.float64] = field(repr=False)
    high: NDArray[np.float64] = field(repr=False)

    @property
    def last(self) -> float:
        """The last mean that is known; NaN where none is."""
        known = self.mean[np.isfinite(self.mean)]
        return float(known[-1]) if known.size else float("nan")


def curves_of(
    task: str, trained: TrainedCurves, *, methods: bool = False, points: int = POINTS
) -> list[SeedCurve]:
    """The curves of a task: alone first, then with each partner, with more, with all, by methods.

    Args:
        task: Whose loss.
        trained: Of all runs. Of variants those count in which all tasks were trained together.
        methods: Of these, show those of other methods than multi-head too.
        points: Most points of a curve.

    Example:
        >>> curve = LossCurve.of([2.0, 1.0])
        >>> runs = {Run(("pose",), 0): {"pose": curve}, Run(("pose", "reid"), 0): {"pose": curve}}
        >>> [one.label for one in curves_of("pose", TrainedCurves(("pose", "reid"), runs))]
        ['alone', 'with reid']
    """
    found: dict[tuple[tuple[int, int, str], str, str | None], list[LossCurve]] = {}
    for run, curves in trained.runs.items():
        company = _company(task, run, trained, methods=methods)
        if company is not None and task in curves:
            found.setdefault(company, []).append(curves[task])
    return [
        _over_seeds(label, partner, found[place, label, partner], points)
        for place, label, partner in sorted(found, key=lambda company: company[0])
    ]


def telling(curves: Sequence[SeedCurve], most: int) -> list[SeedCurve]:
    """At most so many curves: alone, with all, and of the others those whose end is farthest.

    How far an end is from that alone counts; single partners give way first.

    Args:
        curves: Of one task, in their order.
        most: How many.
    """
    others = [one for one in curves if one.label not in (ALONE, ALL)]
    room = max(0, most - (len(curves) - len(others)))
    alone = next((one.last for one in curves if one.label == ALONE), float("nan"))

    def rank(one: SeedCurve) -> tuple[bool, float]:
        return one.partner is not None, -np.nan_to_num(abs(one.last - alone), nan=np.inf)

    far = sorted(others, key=rank)
    dropped = {id(one) for one in far[room:]}
    return [one for one in curves if id(one) not in dropped][:most]


def is_banded(curve: SeedCurve, curves: Sequence[SeedCurve]) -> bool:
    """Whether a curve is drawn with the band of its seeds: more bands than five hide each other.

    Args:
        curve: One of them.
        curves: All that are drawn in a panel.
    """
    few = len(curves) <= _BANDS_UP_TO
    return curve.seeds > 1 and (few or curve.label in (ALONE, ALL))


def is_logarithmic(curves: Sequence[SeedCurve]) -> bool:
    """Whether a logarithmic axis shows the curves better: all above 0, and over a wide range."""
    values = np.concatenate([part for one in curves for part in (one.mean, one.low)])
    values = values[np.isfinite(values)]
    return bool(values.size and values.min() > 0 and values.max() > LOG_RATIO * values.min())


def _company(
    task: str, run: Run, trained: TrainedCurves, *, methods: bool
) -> tuple[tuple[int, int, str], str, str | None] | None:
    """Where in the order a run belongs, in whose company it trains the task, and the partner."""
    tasks = trained.tasks
    if task not in run.tasks or not set(run.tasks) <= set(tasks):
        return None
    others = sorted((other for other in run.tasks if other != task), key=tasks.index)
    whole = len(others) == len(tasks) - 1 > 1
    if run.variant:
        method, _, told = run.variant.partition(" #")
        # Behind the digest stands what else differs: the curves of "times 2" go on when all others
        # have ended, and are no more of the same training.
        differs = told.partition(" ")[2]
        method += f", {differs}" if differs else ""
        if set(run.tasks) != set(tasks) or " #" not in run.variant:
            return None
        if method == MULTI_HEAD:
            return ((3, 0, ""), ALL, None) if whole else None  # of two tasks it is the pair
        return ((4, 0, method), method, None) if methods else None
    if not others:
        return (0, 0, ""), ALONE, None
    if whole:
        return (3, 0, ""), ALL, None
    if len(others) == 1:
        return (1, tasks.index(others[0]), ""), f"with {others[0]}", others[0]
    return (2, len(others), ", ".join(others)), f"with {', '.join(others)}", None


def _over_seeds(
    label: str, partner: str | None, curves: Sequence[LossCurve], points: int
) -> SeedCurve:
    thin = [_thinned(curve, points) for curve in curves]
    steps = max((ends for ends, _ in thin), key=lambda ends: (ends[-1], len(ends)))
    values = np.stack([
        means if np.array_equal(ends, steps) else np.interp(steps, ends, means, right=np.nan)
        for ends, means in thin
    ])  # fmt: skip
    known = np.isfinite(values)
    some = known.any(axis=0)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(some, np.where(known, values, 0.0).sum(axis=0) / count, np.nan)
    low = np.where(some, np.where(known, values, np.inf).min(axis=0), np.nan)
    high = np.where(some, np.where(known, values, -np.inf).max(axis=0), np.nan)
    return SeedCurve(label, partner, len(curves), steps, mean, low, high)


def _thinned(curve: LossCurve, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Steps and means of at most so many points; what is not finite is left out of a mean."""
    ends, means = np.array(curve.ends, float), np.array(curve.means, float)
    known = np.abs(means) < _MOST
    together = -(-len(means) // points)
    lengths = np.diff(ends, prepend=0.0) * known
    firsts = np.arange(0, len(means), together)
    sums = np.add.reduceat(np.where(known, means, 0.0) * lengths, firsts)
    weights = np.add.reduceat(lengths, firsts)
    thin = np.divide(sums, weights, out=np.full(len(firsts), np.nan), where=weights > 0)
    return ends[np.minimum(firsts + together, len(ends)) - 1], thin
