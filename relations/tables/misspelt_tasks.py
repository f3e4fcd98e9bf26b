"""Tasks of a few runs that are called nearly as one of many: they may be mistyped."""

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from relations.runs import Run

_AS_MANY = 4
"""How many times as many runs a task has as one that may be a misspelling of it."""
_ALIKE = 0.85


def misspelt_tasks(runs: Iterable[Run]) -> Iterator[str]:
    """What is told of tasks that may be mistyped, nothing of those that are trained as others are.

    A task has a run alone for each seed and one with each other task. One that has a few, none of
    them with the task that it is nearly called as, is rather a slip of the pen.

    Example:
        >>> runs = [Run(("caption",), seed) for seed in range(4)] + [Run(("captoin",), 4)]
        >>> print(*misspelt_tasks(runs))
        `captoin` is in 1 run, `caption` in 4 runs: did you mean `caption`?
    """
    runs = list(runs)
    found = Counter(task for run in runs for task in run.tasks)
    beside = {(one, other) for run in runs for one in run.tasks for other in run.tasks}
    for task, own in found.items():
        likely = [
            other
            for other, count in found.items()
            if count >= _AS_MANY * own and (task, other) not in beside and _alike(task, other)
        ]
        if likely:
            meant = max(likely, key=found.__getitem__)
            yield (
                f"`{task}` is in {own} run{'s' * (own > 1)}, `{meant}` in {found[meant]} runs: "
                f"did you mean `{meant}`?"
            )


def _alike(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    if one == other:  # told as tasks that differ by capitals
        return False
    swapped = sorted(one) == sorted(other) and len(one) > 2
    # Names that differ in a number are called so on purpose.
    numbers = ["".join(filter(str.isdigit, name)) for name in (one, other)]
    if numbers[0] != numbers[1]:
        return False
    return swapped or SequenceMatcher(None, one, other).ratio() >= _ALIKE
