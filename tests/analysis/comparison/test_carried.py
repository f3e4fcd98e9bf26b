"""The task that carries a difference, as in a table of seven series of which one decided all."""

import numpy as np
import pytest

from analysis import Comparison
from analysis.comparison.carried import carried
from analysis.comparison.numbers import comparison_csv
from analysis.comparison.table import comparison_table

SERIES = tuple("abcdefg")


def seven(one: float, others: float, seeds: int = 5) -> Comparison:
    """Weights against multi-head on seven tasks; the gains of the first and of the others."""
    generator = np.random.default_rng(4)
    single = {seed: dict.fromkeys(SERIES, 1.0) for seed in range(seeds)}
    plain = {
        seed: {task: 1 + generator.normal(0, 0.01) for task in SERIES} for seed in range(seeds)
    }
    weights = {
        seed: {task: run[task] - (one if task == "a" else others) for task in SERIES}
        for seed, run in plain.items()
    }
    falls = dict.fromkeys(SERIES, False)
    return Comparison({"single": single, "multi-head": plain, "weights": weights}, falls)


def test_one_task_of_seven():
    comparison = seven(2.49, -0.035)
    found = carried(comparison, "weights", "multi-head")
    assert found is not None
    assert found.task == "a"
    changes = {
        name: np.array([[run[task] for task in SERIES[1:]] for run in runs.values()])
        for name, runs in {m: comparison.changes(m) for m in ("weights", "multi-head")}.items()
    }
    rest = (changes["weights"] - changes["multi-head"]).mean(axis=1)
    assert found.without.mean == pytest.approx(rest.mean())
    assert found.without.mean < 0 < comparison.difference("weights", "multi-head").mean


def test_it_stands_in_the_foot_with_the_rest_of_the_difference():
    generator = np.random.default_rng(5)
    comparison = seven(2.49, -0.035)
    scores = {name: dict(runs) for name, runs in comparison.scores.items()}
    scores["weights"] = {
        seed: {task: score + generator.normal(0, 0.01) for task, score in run.items()}
        for seed, run in scores["weights"].items()
    }
    noisy = Comparison(scores, comparison.higher_is_better)
    (line,) = [line for line in comparison_table(noisy, "multi-head").notes if "mostly" in line]
    assert line.startswith("weights − multi-head: +32")
    assert "is mostly a; without it −3" in line
    row = comparison_csv(noisy, "multi-head").splitlines()[-1].split(",")
    header = comparison_csv(noisy, "multi-head").splitlines()[0].split(",")
    assert row[header.index("carried_by")] == "a"
    assert float(row[header.index("difference_without")]) == pytest.approx(-0.035, abs=0.01)


def test_a_share_of_four_sevenths_is_the_limit():
    # The others gain 1 each: with 8 of 14 half of the difference is left without it.
    assert carried(seven(8.1, 1.0), "weights", "multi-head") is not None
    assert carried(seven(7.9, 1.0), "weights", "multi-head") is None


def test_losses_are_carried_as_well():
    found = carried(seven(-3.0, 0.1), "weights", "multi-head")
    assert found is not None
    assert found.task == "a"


def test_no_difference_and_one_task_are_carried_by_none():
    assert carried(seven(0.0, 0.0), "weights", "weights") is None
    runs = {"single": {0: {"a": 1.0}}, "x": {0: {"a": 2.0}}, "y": {0: {"a": 3.0}}}
    assert carried(Comparison(runs), "y", "x") is None


def test_what_may_be_chance_is_no_note():
    generator = np.random.default_rng(6)
    single = {seed: dict.fromkeys(SERIES, 1.0) for seed in range(4)}
    runs = {
        name: {s: {t: 1 + generator.normal(0, 0.1) for t in SERIES} for s in single}
        for name in ("multi-head", "x")
    }
    table = comparison_table(Comparison({"single": single, **runs}), "multi-head")
    assert not any("mostly" in note for note in table.notes)
