"""The search of loss weights, on tasks whose best weights are known."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from analysis import Comparison
from gradsplit.studies.comparison import weight_search
from gradsplit.studies.comparison.weight_search import SearchedWeights, search_weights
from gradsplit.studies.comparison.weight_space import normalised
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from relations import RunFailedError
from relations.change_kinds import ChangeKind
from tests.gradsplit.toy_tasks import Toy

TASKS: tuple[str, ...] = ("sum", "error", "class.sign")
SEEDS = (3, 4, 5)
Gain = Callable[[Mapping[str, float], int], float]


class Bench:
    """Stands for training: the gain of weights on a seed is given, and what is tried is kept."""

    def __init__(self, gain: Gain) -> None:
        self.gain = gain
        self.tried: list[tuple[dict[str, float], int]] = []
        self.start: list[dict[str, float]] = []
        self.seen = True
        self.kinds: dict[str, ChangeKind] = {}
        self.losing: Callable[[Mapping[str, float], str], float] = lambda weights, task: 0.0
        self.seeds = len(SEEDS)
        self.diverges: Callable[[Mapping[str, float]], bool] = lambda weights: False

    def compare(
        self,
        place: VariantRuns,
        methods: Mapping[str, LossWeights],
        seeds: Sequence[int],
        *,
        alone: Sequence[int] = (),
        drop_failed: bool = False,
    ) -> Comparison:
        if not drop_failed:
            raise RunFailedError("all of them diverge")
        scores = {"single": {seed: _equal(1.0) for seed in alone}}
        for name, method in methods.items():
            weights = {**dict.fromkeys(TASKS, 1.0), **getattr(method, "factors", {})}
            self.tried += [(weights, seed) for seed in seeds]
            if not self.diverges(weights):
                lost = {task: self.losing(weights, task) for task in TASKS}
                scores[name] = {
                    seed: {task: 1 + self.gain(weights, seed) - lost[task] for task in TASKS}
                    for seed in seeds
                }
        return Comparison(scores, kinds=self.kinds)

    def on(self, seed: int) -> list[dict[str, float]]:
        return [weights for weights, where in self.tried if where == seed]


def _equal(score: float) -> dict[str, float]:
    return dict.fromkeys(TASKS, score)


Search = Callable[[Bench], SearchedWeights]


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Search:
    def searched(bench: Bench) -> SearchedWeights:
        monkeypatch.setattr(weight_search, "compare_methods", bench.compare)
        monkeypatch.setattr(weight_search, "_equally_loud", lambda place, seed: bench.start)
        monkeypatch.setattr(weight_search, "shows_loudness", lambda place: bench.seen)
        found = search_weights(VariantRuns(Toy(), tmp_path / "probe.db"), SEEDS[: bench.seeds])
        assert found.joint == bench.seen + len(bench.tried)
        assert found.alone == bench.seeds * len(TASKS)
        assert found.tried == len(bench.on(SEEDS[0]))
        return found

    return searched


def distance(weights: Mapping[str, float], best: Mapping[str, float]) -> float:
    """Mean distance in factors, whatever the common scale."""
    logs = [math.log(weights.get(task, 1.0) / best.get(task, 1.0)) for task in TASKS]
    mean = sum(logs) / len(logs)
    return sum(abs(log - mean) for log in logs) / len(logs)


def away(**best: float) -> Gain:
    return lambda weights, seed: -distance(weights, best) / 100


def test_what_is_measured_is_taken_where_nothing_is_better(search: Search) -> None:
    best = {"sum": 0.097, "error": 1.45, "class.sign": 1.45}
    bench = Bench(away(**best))
    bench.start = [normalised(best)]
    found = search(bench)
    assert dict(found.weights.factors) == bench.start[0]
    assert found.tried == 2 + 3 + 3


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("factor", [1 / 3, 3.0, 5.0])
def test_from_equal_weights_one_task_is_turned_up_or_down(
    search: Search, task: str, factor: float
) -> None:
    found = search(Bench(away(**{task: factor})))
    before = distance({}, {task: factor})
    assert distance(found.weights.factors, {task: factor}) < 0.5 * before


def test_two_tasks_that_need_other_weights_are_moved_together(search: Search) -> None:
    best = {"sum": 0.3, "error": 3.0}
    found = search(Bench(away(**best)))
    assert distance(found.weights.factors, best) < 0.5 * distance({}, best)


def unseen(**best: float) -> Bench:
    """A training of one's own: tasks whose weights are too small lose, in the mean nothing."""
    bench = Bench(away(**best))
    bench.seen = False

    def losing(weights: Mapping[str, float], task: str) -> float:
        logs = {each: math.log(weights[each] / best.get(each, 1.0)) for each in TASKS}
        return (sum(logs.values()) / len(logs) - logs[task]) / 100

    bench.losing = losing
    return bench


@pytest.mark.parametrize("factor", [1 / 100, 100.0])
@pytest.mark.parametrize("other", [1.0, 10.0, 1000.0])
def test_unseen_losses_of_sizes_far_apart_are_found_by_who_loses(
    search: Search, factor: float, other: float
) -> None:
    best = {"sum": factor, "error": other}
    found = search(unseen(**best))
    assert distance(found.weights.factors, best) < 0.3 * distance({}, best)


def test_who_loses_is_turned_up_until_that_is_no_better(search: Search) -> None:
    bench = unseen(sum=30.0)
    search(bench)
    ratios = [round(weights["sum"] / weights["error"], 1) for weights in bench.on(SEEDS[0])]
    assert ratios[:4] == [1.0, 5.2, 27.1, 141.0]
    assert ratios[4] == pytest.approx(3 * 27.1, rel=0.01)  # from the best on


def test_what_is_lost_counts_by_its_threshold(search: Search) -> None:
    bench = unseen()
    bench.kinds = {"error": ChangeKind("absolute", -0.5)}
    bench.losing = lambda weights, task: {"sum": 0.02, "error": 0.1}.get(task, 0.0)
    search(bench)
    turned_up = bench.on(SEEDS[0])[1]
    assert max(turned_up, key=turned_up.__getitem__) == "sum"


@pytest.mark.parametrize("seen", [True, False])
def test_a_search_on_two_seeds_keeps_to_its_most(search: Search, seen: bool) -> None:
    bench = unseen(**{"sum": 1e6, "error": 1e3, "class.sign": 1e-2})
    bench.seen, bench.seeds = seen, 2
    bench.start = [{"sum": 1.5, "error": 0.75, "class.sign": 0.75}] if seen else []
    found = search(bench)
    assert found.joint == weight_search.most_runs(len(TASKS), loudness=seen)


def test_no_two_configurations_are_the_same_up_to_scale(search: Search) -> None:
    bench = Bench(away(sum=0.05, error=3.0))
    bench.start = [{"sum": 0.3, "error": 1.35, "class.sign": 1.35}]
    search(bench)
    for seed in SEEDS:
        ratios = [tuple(w[task] / w["sum"] for task in TASKS) for w in bench.on(seed)]
        apart = [
            math.dist([math.log(x) for x in one], [math.log(x) for x in two])
            for place, one in enumerate(ratios)
            for two in ratios[:place]
        ]
        assert min(apart) > 0.01
    assert all(sum(weights.values()) == pytest.approx(3, rel=0.01) for weights, _ in bench.tried)


def test_half_go_on_to_the_next_seed_and_equal_weights_always_do(search: Search) -> None:
    bench = Bench(away(sum=0.1))
    found = search(bench)
    first, second, third = (len(bench.on(seed)) for seed in SEEDS)
    assert (second, third) == (first // 2, max(2, first // 4))
    assert all(_equal(1.0) in bench.on(seed) for seed in SEEDS)
    assert all(dict(found.weights.factors) in bench.on(seed) for seed in SEEDS)


def test_luck_on_the_first_seed_does_not_decide(search: Search) -> None:
    true = away(sum=0.2)

    def gain(weights: Mapping[str, float], seed: int) -> float:
        lucky = seed == SEEDS[0] and weights["error"] > 1.5
        return true(weights, seed) + (0.1 if lucky else 0.0) - 0.1 * (weights["error"] > 1.5)

    found = search(Bench(gain))
    assert found.weights.factors.get("error", 1.0) < 1.5


@pytest.mark.parametrize(("by_seed", "taken"), [((10, -4, -5), False), ((10, 2, 3), True)])
def test_a_lead_within_one_standard_error_is_left_for_equal_weights(
    search: Search, by_seed: tuple[float, ...], taken: bool
) -> None:
    def gain(weights: Mapping[str, float], seed: int) -> float:
        return by_seed[SEEDS.index(seed)] / 100 * (weights["sum"] > 1.2)

    assert bool(search(Bench(gain)).weights.factors) == taken


def test_equal_weights_stay_where_nothing_is_better(search: Search) -> None:
    bench = Bench(away())
    bench.start = [{"sum": 0.5, "error": 1.25, "class.sign": 1.25}]
    assert dict(search(bench).weights.factors) == {}


def test_weights_that_a_training_diverges_with_are_the_worst(search: Search) -> None:
    bench = Bench(away(sum=30.0))  # the best would be where the training diverges
    bench.diverges = lambda weights: weights["sum"] > 1.7
    factors = search(bench).weights.factors
    assert 1 < factors["sum"] <= 1.7


def test_equal_weights_may_be_those_that_diverge(search: Search) -> None:
    bench = Bench(away(sum=0.2))
    bench.diverges = lambda weights: weights["sum"] > 0.99
    factors = search(bench).weights.factors
    assert 0 < factors["sum"] <= 0.99


def test_where_all_diverge_the_error_is_theirs(search: Search) -> None:
    bench = Bench(away())
    bench.diverges = lambda weights: True
    with pytest.raises(RunFailedError, match="all of them diverge"):
        search(bench)


@pytest.mark.parametrize(
    "executor", ["in-process", pytest.param("processes", marks=pytest.mark.slow)]
)
def test_searched_by_training(tmp_path: Path, executor: str) -> None:
    taskset = Toy().with_recipe(steps=8).with_kinds(standardised={"error": -1.0})
    place = VariantRuns(taskset, tmp_path / "probe.db", executor=executor, progress=False)
    searched = search_weights(place, [0, 1])
    assert set(searched.weights.factors) <= set(TASKS)
    runs = place.finished()
    assert searched.trainings == len(runs)
    assert len({run.variant for run in runs if len(run.tasks) == 3}) == searched.tried + 1
    # Called again nothing is trained, and the same is found.
    assert search_weights(place, [0, 1]) == searched
    assert place.finished() == runs
