"""Scores far from those of all other seeds."""

import numpy as np

from analysis import Comparison
from analysis.comparison.far_scores import far_scores_note
from analysis.comparison.foot import foot


def comparison(score: float) -> Comparison:
    noise = np.random.default_rng(0)
    scores = {
        method: {
            seed: {task: 0.8 + noise.normal(0, 0.01) for task in ("pose", "reid")}
            for seed in range(5)
        }
        for method in ("single", "multi-head")
    }
    scores["multi-head"][3]["reid"] = score
    return Comparison(scores)


def test_a_run_to_look_at_is_named() -> None:
    compared = comparison(0.1)
    (said,) = far_scores_note(compared)
    assert "reid of multi-head with seed 3 (0.1 beside 0.7" in said
    assert f"F{said[1:]}." in foot(compared, {}, marked=False)


def test_of_three_seeds_what_is_less_than_half_is_named() -> None:
    scores = {
        method: {seed: dict(runs[seed]) for seed in (1, 2, 3)}
        for method, runs in comparison(0.1).scores.items()
    }
    (said,) = far_scores_note(Comparison(scores))
    assert "reid of multi-head with seed 3 (0.1 beside" in said


def test_of_noise_nothing_is_said() -> None:
    assert far_scores_note(comparison(0.8)) == []


def test_a_run_that_diverged_is_not_named_twice() -> None:
    scores = dict(comparison(0.8).scores)
    scores["multi-head"] = {**scores["multi-head"], 2: dict.fromkeys(("pose", "reid"), np.nan)}
    compared = Comparison(scores)
    assert compared.diverged("multi-head") == (2,)
    assert far_scores_note(compared) == []
