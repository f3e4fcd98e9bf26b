"""Change matrices and relation graphs with known marks."""

import numpy as np

from relations.statistics.change_matrix import ChangeMatrix

ODD_NAMES = [
    "$x_1$",
    "<b>bold & more</b>",
    "größe→β",
    "a_name_of_forty_characters_that_goes_on_x",
    r"\$\alpha",
]


def made_changes(mean, spread=0.002, seeds=5, tasks=None, **options) -> ChangeMatrix:
    """A change matrix around given means; with spread 0 or one seed no uncertainty is known."""
    mean = np.array(mean, dtype=float)
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 1, (seeds, *mean.shape)) * spread
    tasks = tasks or [f"task-{i:02d}" for i in range(len(mean))]
    return ChangeMatrix(tasks, mean + noise, **options)


def random_changes(count: int, seed: int = 0, **options) -> ChangeMatrix:
    """A change matrix of many tasks with some harm."""
    generator = np.random.default_rng(seed)
    return made_changes(generator.standard_t(3, (count, count)) * 0.02 - 0.005, **options)
