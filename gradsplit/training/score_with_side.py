"""A judged score that brings others along: of a task whose metric has more than one number."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Self, SupportsFloat

from gradsplit.errors import TaskSetError, all_problems
from relations.side_scores import name_problem, plain_name


class ScoreWithSide(float):
    """What `TaskSet.score` may give instead of a plain number.

    It is the judged score wherever a number is expected, so that nothing can judge the side scores
    by accident: these are to be asked for.

    Args:
        judged: The score of the task.
        side: Name -> number, in any unit and direction. One that is not known, such as the accuracy
            of a class that never occurs, is NaN.

    Attributes:
        side: See above.

    Raises:
        TaskSetError: A name is not possible, or a value is no number; all problems at once.

    Example:
        >>> score = ScoreWithSide(0.41, {"rank-1": 0.63, "rank-5": 0.8})
        >>> 2 * score, score.side["rank-1"]
        (0.82, 0.63)
    """

    side: Mapping[str, float]

    # A float is made here; without `side` when it is unpickled, which sets the attribute after.
    def __new__(  # noqa: D102
        cls, judged: SupportsFloat, side: Mapping[str, SupportsFloat] = MappingProxyType({})
    ) -> Self:
        score = super().__new__(cls, judged)
        score.side = _numbers(side)
        return score


def by_name(names: Sequence[str], values: Sequence[SupportsFloat]) -> dict[str, float]:
    """Numbers of classes, joints or attributes as side scores, whatever their data set calls them.

    Args:
        names: Of each; where one stands twice, the second is told apart by a number.
        values: As many.

    Example:
        >>> by_name(["hat", "hat", "face"], [0.5, 0.25, float("nan")])
        {'hat': 0.5, 'hat #2': 0.25, 'face': nan}
    """
    named: dict[str, float] = {}
    for name, value in zip(names, values, strict=True):
        plain = plain_name(str(name))
        told, number = plain, 2
        while told in named:
            told, number = f"{plain} #{number}", number + 1
        named[told] = float(value)
    return named


def _numbers(side: Mapping[str, SupportsFloat]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    problems = [problem for name in side if (problem := name_problem(name))]
    for name, value in side.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            problems.append(f"the side score {name!r} must be a number, got {value!r}.")
    if problems:
        raise TaskSetError(all_problems("Side scores of a task", problems))
    return numbers
