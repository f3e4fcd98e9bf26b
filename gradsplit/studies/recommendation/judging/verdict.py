"""Which of the finalists is recommended, from fresh seeds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from analysis.comparison.comparison import Comparison
from analysis.comparison.questions import LEVEL, Answer, answer_pairs
from gradsplit.studies.recommendation.judging.harm import harmed_tasks
from gradsplit.studies.recommendation.racing.race import SAME_COST
from relations.statistics.sample_size import seeds_for_gap


@dataclass(frozen=True)
class Verdict:
    """What fresh seeds say of the finalists.

    Attributes:
        recommended: The one to use.
        answers: Every finalist against every other, the dearer or later one first, corrected
            together.
        contender: Who has a higher mean; None without. It is not decidedly ahead, or it harms a
            task.
        seeds_to_tell: How many seeds would tell whether it is ahead, at the difference and noise
            seen; None where it is, where that is unknown, or more than can be counted on.
    """

    recommended: str
    answers: tuple[Answer, ...]
    contender: str | None = None
    seeds_to_tell: int | None = None

    def answer(self, method: str, against: str) -> Answer | None:
        """What was found of a pair, in the order asked for; None where it was not tested."""
        return _of(self.answers, method, against)


WORTH = 0.0025
"""What gains less, a quarter of a point, is no reason to change anything, however sure it is."""


def verdict(
    comparison: Comparison,
    costs: Mapping[str, float],
    simplest: str,
    threshold: float = -0.01,
    longer: Collection[str] = (),
) -> Verdict:
    """The finalist to recommend.

    From the simplest on, in the order of cost and at the same cost the better first, the next one
    takes the place of the one before if it is decidedly ahead of it, by `WORTH` or more: all pairs
    of finalists are tested by the paired t test and corrected together by Holm's method, so that
    the probability of any false step is at most 5 %. So nobody pays for what is not shown to be
    worth it. First that is done with those that harm no task; only where none of these takes the
    place of a simplest one that harms, with all of them: tasks should stop losing by sharing, and a
    mean can hide it.
    Source: our choice.

    Args:
        comparison: The finalists on seeds that chose nothing.
        costs: Finalist -> its cost at inference.
        simplest: The finalist to begin with.
        threshold: A change below it is harm; see `harmed_tasks`.
        longer: Those that take more steps: at the same cost they come after the others.
    """
    others = [name for name in costs if name != simplest]
    order = [simplest, *_by_cost(others, costs, comparison, longer)]
    answers = _all_pairs(comparison, order)
    harmless = [
        name
        for name in order
        if not harmed_tasks(comparison.changes(name).values(), comparison.kinds, threshold)
    ]
    current = _climbed(simplest, harmless, answers)
    if current == simplest and simplest not in harmless:
        current = _climbed(simplest, order, answers)
    contender = _contender(comparison, costs, current)
    answer = None if contender is None else _of(answers, contender, current)
    told = None if answer is None or answer.decided else _seeds_to_tell(answer, len(answers))
    return Verdict(current, answers, contender, told)


def _climbed(simplest: str, order: Sequence[str], answers: Sequence[Answer]) -> str:
    """Step by step to what is decidedly ahead of the one before."""
    current = simplest
    for name in order:
        if name != current:
            answer = _of(answers, name, current)
            assert answer is not None  # all pairs are tested
            ahead = answer.decided and answer.difference.mean >= WORTH
            current = name if ahead else current
    return current


def _of(answers: Sequence[Answer], method: str, against: str) -> Answer | None:
    for answer in answers:
        if {answer.method, answer.against} == {method, against}:
            return answer if answer.method == method else answer.turned()
    return None


def _by_cost(
    names: Sequence[str],
    costs: Mapping[str, float],
    comparison: Comparison,
    longer: Collection[str],
) -> list[str]:
    """In the order of cost; at the same cost the better first, and those with more steps last."""
    left, ordered = sorted(names, key=costs.__getitem__), []
    while left:
        same = [name for name in left if costs[name] <= SAME_COST * costs[left[0]]]
        ordered += sorted(same, key=lambda name: (name in longer, -comparison.gain(name)))
        left = [name for name in left if name not in same]
    return ordered


def _all_pairs(comparison: Comparison, order: Sequence[str]) -> tuple[Answer, ...]:
    """Every later finalist against every earlier one."""
    pairs = [(later, earlier) for earlier, later in combinations(order, 2)]
    gains = {name: comparison.gains(name) for name in order}
    return answer_pairs(
        pairs,
        [
            {seed: gains[one][seed] - gains[other][seed] for seed in gains[one]}
            for one, other in pairs
        ],
    )


def _contender(comparison: Comparison, costs: Mapping[str, float], current: str) -> str | None:
    """Who has the highest mean above that of the recommended one."""
    best = max(costs, key=comparison.gain)
    return best if comparison.gain(best) >= comparison.gain(current) + WORTH else None


def _seeds_to_tell(answer: Answer, questions: int) -> int | None:
    noise = answer.difference.se * answer.difference.n**0.5
    if not noise > 0:
        return None
    return seeds_for_gap(abs(answer.difference.mean), noise, (1 - LEVEL) / questions)
