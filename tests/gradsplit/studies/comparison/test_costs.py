"""What methods cost: of networks whose sizes are known."""

import os
from itertools import accumulate, count
from types import SimpleNamespace

import pytest

from gradsplit.studies.comparison import costs as costs_module
from gradsplit.studies.comparison.costs import measured_costs
from gradsplit.training.methods.merged.meta_gf import MetaGf
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_deltas import SparseDeltas
from gradsplit.training.trainer import TaskSetTrainer
from tests.gradsplit.toy_tasks import Toy

TRUNK, LAST = 5 * 8 + 8, 8 * 8 + 8
HEADS = {"sum": 8 + 1, "error": 8 + 1, "class.sign": 2 * 8 + 2}


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure in this process: starting others takes seconds each."""
    monkeypatch.setattr(costs_module, "_measured", costs_module._measure)


@pytest.mark.usefixtures("here")
def test_parameters_of_all_networks_that_are_needed() -> None:
    methods = {"plain": MultiHead(), "own": LastStage()}
    costs = measured_costs(Toy(), methods, "alone")
    assert list(costs) == ["alone", "plain", "own"]
    size = {name: round(1e6 * cost["parameters [M]"]) for name, cost in costs.items()}
    heads = sum(HEADS.values())
    assert size == {
        "alone": 3 * (TRUNK + LAST) + heads,
        "plain": TRUNK + LAST + heads,
        "own": TRUNK + 3 * LAST + heads,
    }
    assert all(cost["step [ms]"] > 0 and cost["memory [MiB]"] >= 0 for cost in costs.values())


@pytest.mark.usefixtures("here")
def test_operations_are_of_one_input_through_all_heads() -> None:
    costs = measured_costs(Toy(), {"plain": MultiHead()}, "alone")
    head = 2 * (8 + 8 + 16)
    assert costs["plain"]["FLOPs [G]"] * 1e9 == pytest.approx(2 * (40 + 64) + head)
    assert costs["alone"]["FLOPs [G]"] * 1e9 == pytest.approx(3 * 2 * (40 + 64) + head)


def test_single_networks_are_trained_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = {"sum": 5.0, "error": 7.0, "class.sign": 3.0}

    def measured(trainer: object, tasks: tuple[str, ...]) -> dict[str, float]:
        return {"step [ms]": 2.0, "memory [MiB]": memory[tasks[0]]}

    monkeypatch.setattr(costs_module, "_measured", measured)
    costs = measured_costs(Toy(), {}, "alone")
    assert costs == {"alone": {"step [ms]": 6.0, "memory [MiB]": 7.0}}


@pytest.mark.usefixtures("here")
def test_a_step_takes_the_median_without_the_first_two(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = accumulate([0, 70, 60, 50, 40, 30, 20, 10])  # ends of the eight steps
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(costs_module, "time", clock)
    measured = costs_module._measure(TaskSetTrainer(Toy()), ("sum",))
    assert measured["step [ms]"] == 1e3 * (40 + 30) / 2


@pytest.mark.usefixtures("here")
def test_a_step_of_the_recipe_may_be_several_of_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two branches and what fuses them: three steps of 10 seconds for each of the recipe."""
    seconds = count(0, 10)
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(costs_module, "time", clock)
    measured = costs_module._measure(TaskSetTrainer(Toy(), method=MetaGf()), ("sum", "error"))
    assert measured["step [ms]"] == 3e4


@pytest.mark.usefixtures("here")
def test_a_size_that_is_learned_is_that_of_a_whole_training() -> None:
    """After 8 steps all gates are open; after 150 none is, at this price."""
    dear = SparseDeltas(penalty=1e4, gate_rate=0.3)
    costs = measured_costs(Toy().with_recipe(steps=150), {"sparse": dear}, "alone")
    assert costs["sparse"]["own weights [%]"] == 0
    assert round(1e6 * costs["sparse"]["parameters [M]"]) == TRUNK + LAST + sum(HEADS.values())


def test_it_is_measured_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs_module, "_measure", _process)
    trainer = TaskSetTrainer(Toy())
    assert costs_module._measured(trainer, ("sum",))["process"] != os.getpid()


def _process(trainer: object, tasks: tuple[str, ...]) -> dict[str, float]:
    return {"process": os.getpid()}
