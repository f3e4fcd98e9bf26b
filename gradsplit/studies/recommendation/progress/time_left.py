"""How long a recommendation takes at most, by the seconds of its finished trainings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.progress.progress_file import Key, Progress

if TYPE_CHECKING:
    from relations.runs import Outcome

Kind = tuple[str, int]
"""Variant and number of tasks of runs that take about as long."""


@dataclass(frozen=True)
class TimeLeft:
    """How long it takes at most.

    Attributes:
        seconds: With as many trainings at once as now.
        untried: Whether candidates are among it that were never trained: they may take longer.
    """

    seconds: float
    untried: bool


def time_left(
    progress: Progress,
    missing: Sequence[Key],
    unknown: int,
    outcomes: "Iterable[Outcome]",
    running: int,
) -> TimeLeft | None:
    """At most how long is left; None where nothing like what is left was trained.

    What this stage trains takes as long as finished runs of its kind. Of what follows only the
    number of trainings is known: every task alone on the seeds of the judgement, and else ways of
    training all tasks, the slowest that was tried first, each on no more seeds than there are.
    Source: our choice.

    Args:
        progress: How far it is.
        missing: Runs of this stage that are not finished.
        unknown: How many trainings may follow it.
        outcomes: Of all runs so far.
        running: How many are trained at once.
    """
    seconds = _seconds(outcomes)
    tasks = max(map(_size, progress.runs), default=1)
    alone = min(unknown, tasks * progress.judge_seeds)
    kinds = [(run[1], _size(run)) for run in missing]
    each = [_expected(seconds, kind) for kind in [*kinds, *[("", 1)] * alone]]
    joint = {kind: seen for kind, seen in seconds.items() if kind[1] == tasks}
    if None in each or (unknown > alone and not joint):
        return None
    seeds = progress.race_seeds + progress.judge_seeds
    total = sum(filter(None, each)) + _slowest_first(joint, unknown - alone, seeds)
    at_once = max(running, min(progress.workers or 1, len(missing) + unknown), 1)
    untried = progress.stage == "race" and not seconds.keys() >= set(kinds)
    return TimeLeft(total / at_once, untried)


def _size(run: Key) -> int:
    """How many tasks it has."""
    return run[2].count("+") + 1


def _seconds(outcomes: "Iterable[Outcome]") -> dict[Kind, list[float]]:
    """What finished runs of each kind took."""
    seconds: dict[Kind, list[float]] = {}
    for one in outcomes:
        if one.scores is not None and one.wall_seconds is not None:
            seconds.setdefault((one.run.variant, len(one.run.tasks)), []).append(one.wall_seconds)
    return seconds


def _expected(seconds: Mapping[Kind, Sequence[float]], kind: Kind) -> float | None:
    """Of a run of a kind; of the slowest of its size where none of the kind is finished."""
    if kind in seconds:
        return fmean(seconds[kind])
    return max(
        (fmean(seen) for (_, size), seen in seconds.items() if size == kind[1]), default=None
    )


def _slowest_first(joint: Mapping[Kind, Sequence[float]], runs: int, seeds: int) -> float:
    """Of so many runs: nobody is trained on a seed twice, so the slowest cannot take all."""
    slowest = max(map(fmean, joint.values()), default=0.0)
    total = 0.0
    for seen in sorted(joint.values(), key=fmean, reverse=True):
        more = min(runs, max(0, seeds - len(seen)))
        total, runs = total + more * fmean(seen), runs - more
    return total + runs * slowest
