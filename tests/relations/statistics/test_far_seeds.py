"""Seeds far from all others."""

import numpy as np
import pytest
from numpy.typing import NDArray

from relations import ChangeMatrix, Task
from relations.statistics.far_seeds import far_of_three, far_seeds

TASKS = ["slow", "fast", "sum"]


def matrix(
    change: float = 0.0, score: float | None = None, seeds: int = 5, tasks: list[object] = TASKS
) -> ChangeMatrix:
    """Of small noise, but for one change of slow -> sum and one score of fast alone."""
    noise = np.random.default_rng(0)
    alone = 0.8 + noise.normal(0, 0.01, (seeds, 3))
    by_seed = noise.normal(0, 0.01, (seeds, 3, 3))
    by_seed[1, 0, 2] += change
    if score is not None:
        alone[2, 1] = score
        by_seed[2, :, 1] = 0.8 / score - 1
    return ChangeMatrix(tasks, by_seed, baseline=alone)


def far(changes: ChangeMatrix) -> list[str]:
    return [line for line in changes.warnings if line.startswith("far from")]


def test_nothing_is_said_of_noise() -> None:
    assert far(matrix()) == []


def test_one_change_is_named_with_its_seed() -> None:
    changes = matrix(-0.7)
    (said,) = far(changes)
    assert "slow -> sum with seed 1 (-7" in said and "fast" not in said
    assert said in str(changes)


def test_one_score_alone_is_named_and_not_again_by_every_edge_into_it() -> None:
    (said,) = far(matrix(score=0.1))
    assert said.startswith("far from all other seeds: fast alone with seed 2 (0.1 beside 0.7")
    assert "->" not in said


@pytest.mark.parametrize("tasks", [6, 10, 20])
def test_a_score_alone_is_found_among_many_tasks(tasks: int) -> None:
    noise = np.random.default_rng(3)
    alone = 0.8 + noise.normal(0, 0.015, (5, tasks))
    by_seed = noise.normal(0, 0.015, (5, tasks, tasks))
    alone[2, 1], by_seed[2, :, 1] = 0.1, 7.0
    (said,) = far(ChangeMatrix([f"task{at}" for at in range(tasks)], by_seed, baseline=alone))
    assert "seeds: task1 alone with seed 2 (0.1 beside" in said


def test_most_changes_of_a_task_tell_of_its_score_alone() -> None:
    alone = 0.8 + np.random.default_rng(4).normal(0, 0.02, (4, 3))
    by_seed = np.random.default_rng(4).normal(0, 0.001, (4, 3, 3))
    alone[:, 1] = (0.80, 0.82, 0.60, 0.85)  # by itself not far
    by_seed[2, :, 1] = 0.3
    (said,) = far(ChangeMatrix(TASKS, by_seed, baseline=alone))
    assert "fast alone with seed 2 (0.6 beside 0.8 to 0.85)" in said and "->" not in said
    alone[2, 1] = 0.80  # the pairs ran away, each
    (said,) = far(ChangeMatrix(TASKS, by_seed, baseline=alone))
    assert "slow -> fast with seed 2" in said and "alone" not in said


def test_what_is_far_and_small_hides_nothing() -> None:
    noise = np.random.default_rng(1).normal(0, 1e-5, (6, 3, 3))
    noise[1, 0, 2] = 0.003
    assert far(ChangeMatrix(TASKS, noise)) == []


def test_of_an_absolute_change_its_threshold_says_what_is_small() -> None:
    tasks = [Task("slow"), Task("fast"), Task("sum", change="absolute", threshold=-0.5)]
    assert far(matrix(-0.7)) and far(matrix(-0.7, tasks=list(tasks))) == []


def test_of_two_seeds_nothing_is_said() -> None:
    assert far(matrix(-0.7, seeds=2)) == []


def test_of_three_seeds_what_is_halved_is_named() -> None:
    assert "slow -> sum with seed 1 (-7" in far(matrix(-0.7, seeds=3))[0]
    assert "fast alone with seed 2 (0.1 beside" in far(matrix(score=0.1, seeds=3))[0]
    assert far(matrix(-0.3, seeds=3)) == [] == far(matrix(seeds=3))


def test_of_three_the_others_must_be_near_each_other() -> None:
    values, least = np.array([[0.80, 0.30, 0.86]]).T, np.array([0.4])
    assert far_of_three(values, least).tolist() == [-1]
    assert far_of_three(np.array([[0.80, 0.30, 0.82]]).T, least).tolist() == [1]
    assert far_of_three(np.array([[0.80, 0.30, 0.82, np.nan]]).T, least).tolist() == [1]
    assert far_of_three(np.array([[0.80, 0.30, 0.82, 0.81]]).T, least).tolist() == [-1]


@pytest.mark.parametrize("seeds", [4, 5, 8])
def test_normal_noise_has_one_as_often_as_it_says(seeds: int) -> None:
    values = np.random.default_rng(2).normal(size=(seeds, 20_000))
    share = float((far_seeds(values, 0.05) >= 0).mean())
    assert share == pytest.approx(0.05, abs=0.006)


def test_unknown_seeds_are_passed_over() -> None:
    values: NDArray[np.float64] = np.array([[np.nan, 1.0, 1.1, 9.0, 0.9, 1.0, 1.05]]).T
    assert far_seeds(values).tolist() == [3]
    values[4:] = np.nan
    assert far_seeds(values).tolist() == [-1]
    assert far_seeds(np.full((5, 2), np.nan)).tolist() == [-1, -1]


def test_others_that_do_not_vary_do_not_say_what_is_far() -> None:
    assert far_seeds(np.array([[1.0, 1.0, 1.0, 1.0, 1.2]]).T).tolist() == [-1]
