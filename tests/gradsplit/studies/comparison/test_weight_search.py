"""The search of loss weights, on tasks whose best weights are known."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from analysis import Comparison
from gradsplit.studies.comparison import weight_search
from gradsplit.studies.comparison.weight_search import FACTORS, SearchedWeights, search_weights
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.methods.loss_weights import LossWeights
from tests.gradsplit.toy_tasks import Toy

TASKS: tuple[str, ...] = ("sum", "error", "class.sign")
Gain = Callable[[Mapping[str, float]], float]


class Bench:
    """Stands for training: the gain of weights is given, and what is tried is counted."""

    def __init__(self, gain: Gain) -> None:
        self.gain = gain
        self.tried: list[dict[str, float]] = []
        self.seeds: set[int] = set()
        self.diverging: set[float] = set()

    def compare(
        self,
        place: VariantRuns,
        methods: Mapping[str, LossWeights],
        seeds: Sequence[int],
        *,
        drop_failed: bool,
    ) -> Comparison:
        assert drop_failed
        self.tried += [dict(method.factors) for method in methods.values()]
        self.seeds |= set(seeds)
        scores = {"single": {seed: _equal(1.0) for seed in seeds}}
        for name, method in methods.items():
            if any(factor in self.diverging for factor in method.factors.values()):
                continue
            score = 1 + self.gain({**dict.fromkeys(TASKS, 1.0), **method.factors})
            scores[name] = {seed: _equal(score) for seed in seeds}
        return Comparison(scores)


def _equal(score: float) -> dict[str, float]:
    return dict.fromkeys(TASKS, score)


@pytest.fixture
def search(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Gain], tuple[dict[str, float], Bench]]:
    def searched(gain: Gain) -> tuple[dict[str, float], Bench]:
        bench = Bench(gain)
        monkeypatch.setattr(weight_search, "compare_methods", bench.compare)
        place = VariantRuns(Toy(), tmp_path / "probe.db")
        searched = search_weights(place, range(3, 5))
        assert searched.tried == len(bench.tried)
        assert searched.runs == 2 * (len(bench.tried) + len(TASKS))
        return dict(searched.weights.factors), bench

    return searched


def away(**best: float) -> Gain:
    """The further a weight is from its best, in factors, the worse."""
    return lambda weights: (
        -sum(abs(math.log(weights[task] / best.get(task, 1.0))) / 100 for task in TASKS)
    )


def test_one_loud_task_is_turned_down(search: Callable) -> None:
    weights, bench = search(away(sum=0.1))
    assert weights == {"sum": 0.1}
    # By itself it was tried before: together, only the square root is new.
    assert len(bench.tried) == 1 + 4 * 3 + 1
    assert bench.seeds == {3, 4}
    alone = [(task, factor) for tried in bench.tried[1:13] for task, factor in tried.items()]
    assert sorted(alone) == sorted((task, factor) for task in TASKS for factor in FACTORS)


def test_what_helps_alone_is_tried_together(search: Callable) -> None:
    weights, bench = search(away(sum=0.1, error=10.0))
    assert len(bench.tried) == 4 * 3 + 3
    assert weights == {"sum": 0.1, "error": 10.0}


def test_or_together_at_the_square_root_where_it_is_too_much(search: Callable) -> None:
    def gain(weights: Mapping[str, float]) -> float:
        one, other = (math.log10(weights[task]) for task in ("sum", "error"))
        return -abs(one + other + 1) - 0.1 * abs(one - other)  # by ten in all, evenly

    weights, _ = search(gain)
    assert weights == pytest.approx({"sum": math.sqrt(0.1), "error": math.sqrt(0.1)})


def test_equal_weights_stay_where_nothing_is_better(search: Callable) -> None:
    weights, bench = search(away())
    assert weights == {}
    assert len(bench.tried) == 1 + 4 * 3


def test_weights_that_a_training_diverges_with_are_the_worst(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench = Bench(away(sum=10.0))  # the best would be 10, with which the training diverges
    bench.diverging = {10.0}
    monkeypatch.setattr(weight_search, "compare_methods", bench.compare)
    searched = search_weights(VariantRuns(Toy(), tmp_path / "probe.db"), [0])
    assert dict(searched.weights.factors) == {"sum": 3.0}


def test_searched_by_training(tmp_path: Path) -> None:
    place = VariantRuns(Toy().with_recipe(steps=2), tmp_path / "probe.db", progress=False)
    searched = search_weights(place, [0])
    assert set(searched.weights.factors) <= set(TASKS)
    joint = [run for run in place.finished() if len(run.tasks) == 3]
    assert 4 * 3 + 1 <= len(joint) <= 4 * 3 + 3
    assert searched == SearchedWeights(searched.weights, len(joint), len(place.finished()))
