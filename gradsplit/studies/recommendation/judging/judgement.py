"""The few candidates that are left, on seeds and, where there are any, data that chose nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.budget.limits import FINALISTS
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.judging.harm import SURE, harmed_tasks
from gradsplit.studies.recommendation.judging.verdict import Verdict, verdict
from gradsplit.studies.recommendation.progress.books import TEST_LEDGER
from gradsplit.studies.recommendation.racing.contest import TUNED, Contest

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison

FEWEST = 2
"""Seeds in which a finalist failed are left out, if so many are left: one has no spread."""


@dataclass(frozen=True)
class Judged:
    """What fresh seeds say.

    Attributes:
        comparison: The finalists and single-task training.
        verdict: Which one is recommended, and the tests.
        on_test: Whether scores are of test data that nothing was chosen on.
        harmed: Finalist -> the tasks that it harms, by two standard errors.
        in_doubt: Finalist -> the tasks that it harms in the mean, but by less.
        threshold: Of harm, a relative change.
    """

    comparison: "Comparison"
    verdict: Verdict
    on_test: bool
    harmed: Mapping[str, list[str]]
    in_doubt: Mapping[str, list[str]]
    threshold: float


def finalists(contest: Contest, judge_seeds: int) -> list[Configuration]:
    """Multi-head, tuned weights if there are any, and the best of the race's front by its gains.

    Those that harm no task come first, as they are preferred; as many as there is room for.
    """
    race = contest.race
    forced = [name for name in (MULTI_HEAD, TUNED) if name in race.running]
    others = [name for name in race.front() if name not in forced]
    ranked = sorted(others, key=lambda name: (race.is_harmful(name), -race.mean(name)))
    if ranked:  # who gains most is judged, too
        ranked.insert(1, max(others, key=race.mean))
    kept: dict[str, None] = {}
    room = (contest.limits.most - contest.runs.spent) // judge_seeds - len(contest.runs.tasks)
    for name in dict.fromkeys([*forced, *ranked]):
        room -= contest.configurations[name].trainings
        if len(kept) < FINALISTS and (room >= 0 or name in forced):
            kept[name] = None
    return [contest.configurations[name] for name in kept]


def judge(contest: Contest, seeds: Sequence[int]) -> Judged:
    """Train the finalists on fresh seeds and test them against each other.

    Args:
        contest: A contest that is over.
        seeds: Seeds that nothing was chosen on.

    Raises:
        RunFailedError: Single-task trainings failed, or multi-head ones.
    """
    chosen = finalists(contest, len(seeds))
    runs, tested = contest.runs, contest.known.taskset.on_test()
    if tested is not None:
        place = replace(runs.place, taskset=tested, ledger=runs.place.ledger.with_name(TEST_LEDGER))
        runs = replace(runs, place=place)  # what it asks for counts in the same set
    comparison = runs.compared(chosen, seeds, fewest=FEWEST)
    operations = {name: contest.costs[name].operations for name in comparison.methods[1:]}
    comparison = replace(comparison, costs=_costs(contest, operations))
    longer = [one.name for one in chosen if one.steps > 1]
    found = verdict(comparison, operations, MULTI_HEAD, contest.threshold, longer)
    harmed, in_the_mean = (
        {name: _harmed(comparison, name, contest.threshold, sure) for name in operations}
        for sure in (SURE, 0.0)
    )
    in_doubt = {
        name: [task for task in tasks if task not in harmed[name]]
        for name, tasks in in_the_mean.items()
    }
    return Judged(comparison, found, tested is not None, harmed, in_doubt, contest.threshold)


def _harmed(comparison: "Comparison", name: str, threshold: float, sure: float) -> list[str]:
    changes = comparison.changes(name).values()
    return harmed_tasks(changes, comparison.kinds, threshold, sure=sure)


def _costs(contest: Contest, names: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Costs at inference as a comparison's table has them."""
    return {
        name: {
            "operations": contest.costs[name].operations,
            "parameters": contest.costs[name].parameters,
        }
        for name in names
    }
