"""Whether one task carries most of a difference in delta_m."""

from dataclasses import dataclass

from analysis.comparison.comparison import Comparison
from analysis.comparison.seed_means import Difference

MOST = 0.5


@dataclass(frozen=True)
class Carried:
    """A task that carries a difference.

    Attributes:
        task: Without it, less than half of the difference is left, or none, or the opposite.
        without: The difference over the other tasks.
    """

    task: str
    without: Difference


def carried(comparison: Comparison, method: str, baseline: str) -> Carried | None:
    """The task that carries most of a difference in delta_m, where one does.

    With T tasks that is a task with more than (T + 1) / 2 T of their summed changes: three quarters
    of two tasks', four sevenths of seven. Source: our choice.

    Args:
        comparison: The methods.
        method: Whose delta_m.
        baseline: Minus whose.

    Returns:
        None where no task does, there is one task only, or there is no difference.

    Example:
        >>> scores = {"single": {0: {"a": 1.0, "b": 1.0, "c": 1.0}}}
        >>> scores["plain"] = {0: {"a": 0.2, "b": 0.9, "c": 0.9}}
        >>> scores["weights"] = {0: {"a": 0.8, "b": 0.8, "c": 0.9}}
        >>> found = carried(Comparison(scores), "weights", "plain")
        >>> found.task, round(found.without.mean, 2)
        ('a', -0.05)
    """
    tasks = comparison.in_delta_m
    if len(tasks) < 2:
        return None
    whole = comparison.difference(method, baseline).mean
    rests = {
        task: comparison.difference(method, baseline, [name for name in tasks if name != task])
        for task in tasks
    }
    task = min(rests, key=lambda name: rests[name].mean * (1 if whole > 0 else -1))
    if whole == 0 or rests[task].mean / whole >= MOST:
        return None
    return Carried(task, rests[task])
