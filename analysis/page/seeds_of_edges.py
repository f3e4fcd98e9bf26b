"""The scores of every seed, as the page's script takes them apart edge by edge."""

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.labels import score_digits

if TYPE_CHECKING:
    from relations.statistics.change_matrix import ChangeMatrix

_FIGURES = 6
"""Significant figures of a number that people read; no verdict hangs on it."""


def seeds_data(changes: "ChangeMatrix") -> dict[str, object]:
    """Changes and single-task scores of every seed; the scores together follow from both.

    Args:
        changes: T tasks and S seeds.

    Returns:
        JSON values: `seeds`, `changes` [S][T * T] row by row, `alone` [S][T], or null where no
        scores are known seed by seed, `falls` [T] whether a lower score is better, and `digits`
        [T], the decimals of each task's scores. What is not known is null.
    """
    known = changes.alone.shape == (len(changes.seeds), len(changes.tasks))
    alone = changes.alone if known else np.empty((0, len(changes.tasks)))
    with_scores = bool(np.isfinite(alone).any())
    return {
        "seeds": list(changes.seeds),
        "changes": [_rounded(seed) for seed in changes.by_seed],
        "alone": [_rounded(seed) for seed in alone] if with_scores else None,
        "falls": (~changes.rises).astype(int).tolist(),
        "digits": [min(score_digits(own) + 1, 4) for own in alone.T] if with_scores else [],
    }


def _rounded(numbers: np.ndarray) -> list[float | None]:
    return [
        None if math.isnan(number) else float(f"{number:.{_FIGURES}g}")
        for number in numbers.ravel().tolist()
    ]
