"""Which tasks a configuration still harms."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from analysis.comparison.seed_means import SeedMean
from relations.change_kinds import ChangeKind

SURE = 2.0
"""So many standard errors beyond the threshold a mean must be."""


def harmed_tasks(
    changes: Iterable[Mapping[str, float]],
    kinds: Mapping[str, ChangeKind],
    threshold: float,
    *,
    sure: float = SURE,
) -> list[str]:
    """The tasks that lose more than the threshold by two standard errors, against training alone.

    Source: our choice. It decides nothing by itself: it says in which order configurations are
    preferred.

    Args:
        changes: Of each seed: task -> change.
        kinds: How the changes of tasks are measured, where that is not relatively.
        threshold: Of relative changes, such as -0.01.
        sure: Standard errors beyond the threshold; 0 asks the mean alone, as relations do.

    Example:
        >>> harmed_tasks([{"a": -0.05, "b": 0.1}, {"a": -0.06, "b": -0.4}], {}, -0.01)
        ['a']
    """
    runs: Sequence[Mapping[str, float]] = list(changes)
    found = []
    for task in runs[0]:
        seen = SeedMean.of(np.array([run[task] for run in runs]))
        size = kinds.get(task, ChangeKind()).at(threshold).size
        error = seen.se if np.isfinite(seen.se) else 0.0
        if seen.mean + sure * error < -size:
            found.append(task)
    return found
