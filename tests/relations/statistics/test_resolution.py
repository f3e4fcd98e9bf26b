import numpy as np
import pytest

from relations import ChangeMatrix, RelationGraph, Task
from relations.statistics.resolution import smallest_steps, steps_of_changes


def accuracies(images, count=(6, 2), seed=0):
    return np.random.default_rng(seed).binomial(images, 0.9, count) / images


@pytest.mark.parametrize("images", [7, 50, 333, 5000])
def test_the_grid_of_an_accuracy_is_seen(images):
    assert smallest_steps(accuracies(images, (40, 2))) == pytest.approx(1 / images)


def test_the_grid_is_seen_through_single_precision():
    scores = accuracies(50).astype(np.float32).astype(float)
    assert smallest_steps(scores) == pytest.approx(0.02, rel=1e-4)


def test_few_values_never_make_the_step_too_small():
    assert smallest_steps(np.array([[0.90], [0.96], [np.nan]])) == pytest.approx(0.06)


def test_scores_without_a_grid_have_no_step():
    scores = np.random.default_rng(0).normal(0.8, 0.01, (5, 30))
    assert (smallest_steps(scores) == 0).all()


def test_equal_or_missing_scores_have_no_step():
    assert smallest_steps(np.array([[0.5, np.nan], [0.5, np.nan]])).tolist() == [0, 0]
    assert smallest_steps(np.empty((0, 2))).tolist() == [0, 0]


def test_a_change_steps_by_both_of_its_scores():
    single = np.array([[0.5], [0.52]])
    pair = np.array([[[0.48]], [[np.nan]]])
    assert steps_of_changes(single, pair, single) == pytest.approx([np.sqrt(2) * 0.02 / 0.51])


def test_equal_scores_in_every_seed_decide_nothing(outcome):
    runs = [
        run
        for seed in range(10)
        for run in (
            outcome("a", seed, 0.5),
            outcome("b", seed, 0.5),
            outcome("a+b", seed, 0.3, 0.5),
        )
    ]
    graph = RelationGraph.from_changes(ChangeMatrix.from_runs([Task("a"), Task("b")], runs))
    assert graph.harmful() == [("b", "a")]
    assert set(graph.verdicts().values()) == {"undecided"}
    assert "Does the training use its seed?" in str(graph)
    assert "[no interval]  undecided" in str(graph)


def test_a_training_that_ignores_its_tasks_is_asked_about_them(outcome):
    scores = [(seed, 0.5 + seed / 97, 0.5 + seed / 89) for seed in range(3)]
    runs = [
        run
        for seed, a, b in scores
        for run in (outcome("a", seed, a), outcome("b", seed, b), outcome("a+b", seed, a, b))
    ]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b")], runs)
    assert "Does the training use its tasks?" in str(changes)


def test_a_coarse_score_is_named(outcome):
    scores = [(0.50, 0.48), (0.52, 0.50), (0.50, 0.46)]
    runs = [
        run
        for seed, (alone, pair) in enumerate(scores)
        for run in (
            outcome("a", seed, alone),
            outcome("b", seed, 0.5 + seed / 97),
            outcome("a+b", seed, pair, 0.5 + seed / 89),
        )
    ]
    changes = ChangeMatrix.from_runs([Task("a"), Task("b")], runs)
    logs = np.log([pair / alone for alone, pair in scores])
    assert logs.std(ddof=1) < changes.scaled_means.noise[1, 0]
    assert "smallest step on 1 edge into a" in str(changes)
