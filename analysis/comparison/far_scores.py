"""Scores of a comparison that lie far from those of all other seeds."""

from collections.abc import Iterator

import numpy as np

from analysis.comparison.comparison import Comparison
from relations.statistics.far_seeds import (
    FALSE,
    far_of_three,
    far_seeds,
    far_text,
    half_of,
    score_beside,
    score_matters,
)


def far_scores_note(comparison: Comparison) -> list[str]:
    """A line that names methods, tasks and seeds to look at; none where no score is far.

    Tested and left in every mean as those of a probe, see `far_seed_notes`; a run that diverged is
    named elsewhere.

    Args:
        comparison: The methods.
    """
    return far_text(list(_found(comparison)))


def _found(comparison: Comparison) -> Iterator[str]:
    alpha = FALSE / max(1, len(comparison.methods) * len(comparison.tasks))
    for method in comparison.methods:
        by_seed = comparison.scores[method]
        seeds = list(by_seed)
        scores = np.array([[by_seed[seed][task] for task in comparison.tasks] for seed in seeds])
        places = np.maximum(far_seeds(scores, alpha), far_of_three(scores, half_of(scores)))
        for at, (task, place) in enumerate(zip(comparison.tasks, places.tolist(), strict=True)):
            if place >= 0 and score_matters(scores[:, at], place, comparison.kind(task)):
                said = score_beside(scores[:, at], place)
                yield f"{task} of {method} with seed {seeds[place]} ({said})"
