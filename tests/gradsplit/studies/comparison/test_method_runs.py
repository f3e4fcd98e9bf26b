"""Joint runs of methods: their names in the ledger, their seeds, their single-task runs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from gradsplit.studies.comparison.method_runs import compare_methods, method_runs
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.loop import Training
from gradsplit.training.methods.masked.dropgrad import DropGrad
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.step import Backward
from gradsplit.training.trainer import TaskSetTrainer
from relations.errors import RunFailedError
from relations.executors.in_process import InProcess
from relations.runs import Outcome, Run, Trainer
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.test_score_with_side import Sided

TASKS = ("sum", "error", "class.sign")


@pytest.fixture
def place(tmp_path: Path) -> VariantRuns:
    return VariantRuns(Toy(), tmp_path / "probe.db", progress=False)


def test_every_score_is_of_its_method_seed_and_task(place: VariantRuns) -> None:
    methods = {"drop": DropGrad(0.9), "plain": MultiHead()}
    comparison = compare_methods(place, methods, [4, 2], costs={"drop": {"step [ms]": 1.0}})
    assert comparison.methods == ("single", "drop", "plain")
    assert comparison.tasks == TASKS
    for name, method in methods.items():
        train = TaskSetTrainer(Toy(), method=method)
        assert comparison.scores[name] == {seed: train(TASKS, seed) for seed in (4, 2)}
    alone = TaskSetTrainer(Toy())
    for seed in (4, 2):
        wanted = {task: alone((task,), seed)[task] for task in TASKS}
        assert comparison.scores["single"][seed] == wanted
    assert comparison.higher_is_better == {"sum": True, "error": False, "class.sign": True}
    assert comparison.costs == {"drop": {"step [ms]": 1.0}}


def test_fewer_steps_are_other_runs_of_the_same_methods(place: VariantRuns) -> None:
    methods = {"plain": MultiHead()}
    longer = compare_methods(place, methods, [0])
    shorter = compare_methods(place, methods, [0], steps=2)
    wanted = TaskSetTrainer(Toy().with_recipe(steps=2))
    assert shorter.scores["plain"][0] == wanted(TASKS, 0) != longer.scores["plain"][0]
    assert shorter.scores["single"][0]["sum"] == wanted(("sum",), 0)["sum"]
    assert {run.variant.split(" #")[0] for run in place.finished()} == {
        "", "plain", "steps=2",
    }  # fmt: skip


def test_other_options_are_other_runs_under_the_same_name() -> None:
    variants = {
        run.variant
        for rate in (0.5, 0.9)
        for run in method_runs(TASKS, {"drop": DropGrad(rate)}, [0])
        if run.tasks == TASKS
    }
    assert len(variants) == 2
    assert all(variant.startswith("drop #") for variant in variants)


def test_runs_go_seed_by_seed_single_tasks_first() -> None:
    runs = method_runs(TASKS, {"a": MultiHead(), "b": DropGrad(0.9)}, [7, 8], steps=3)
    assert [(len(run.tasks), run.seed) for run in runs] == [
        *[(1, 7)] * 3, *[(1, 8)] * 3, *[(3, 7)] * 2, *[(3, 8)] * 2,
    ]  # fmt: skip
    assert all(run.variant.endswith("steps=3") for run in runs)


class Failing:
    """An executor in which a run of one method fails."""

    def __init__(self, name: str, error: str = "the loss is nan") -> None:
        self.name, self.error = name, error

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        for outcome in InProcess().outcomes(train, runs):
            failed = outcome.run.variant.startswith(self.name) and outcome.run.seed == 1
            yield replace(outcome, scores=None, error=self.error) if failed else outcome


def test_a_method_that_fails_is_refused_or_left_out(tmp_path: Path) -> None:
    executor = Failing("drop")
    place = VariantRuns(Toy(), tmp_path / "probe.db", executor=executor, progress=False)
    methods = {"drop": DropGrad(0.9), "plain": MultiHead()}
    with pytest.raises(RunFailedError, match=r"drop .*: the loss is nan"):
        compare_methods(place, methods, [0, 1])
    assert compare_methods(place, methods, [0, 1], drop_failed=True).methods == ("single", "plain")
    alone = VariantRuns(Toy(), tmp_path / "alone.db", executor=Failing(""), progress=False)
    with pytest.raises(RunFailedError, match="the loss is nan"):
        compare_methods(alone, methods, [1], drop_failed=True)


DIVERGED = "DivergedError: The training loss of `sum` is nan at step 3 of 6."


def test_a_run_that_diverges_counts_as_the_worst(tmp_path: Path) -> None:
    executor = Failing("drop", DIVERGED)
    place = VariantRuns(Toy(), tmp_path / "probe.db", executor=executor, progress=False)
    methods = {"drop": DropGrad(0.9), "plain": MultiHead()}
    comparison = compare_methods(place, methods, [0, 1])
    assert comparison.diverged("drop") == (1,)
    assert comparison.diverged("plain") == ()
    assert set(comparison.scores["drop"][1]) == set(TASKS)
    assert comparison.changes("drop")[1]["sum"] <= -1
    assert compare_methods(place, methods, [0, 1], drop_failed=True).methods == ("single", "plain")


def test_bugs_and_single_tasks_that_diverge_are_refused(tmp_path: Path) -> None:
    methods = {"drop": DropGrad(0.9)}
    for name, error in (("drop", "RuntimeError: DivergedError: no"), ("", DIVERGED)):
        executor = Failing(name, error)
        place = VariantRuns(Toy(), tmp_path / f"{name}.db", executor=executor, progress=False)
        with pytest.raises(RunFailedError, match="while trainings fail"):
            compare_methods(place, methods, [1])


@dataclass(frozen=True)
class Runaway(MultiHead):
    """A method whose gradients are without limit."""

    name: ClassVar[str] = "runaway"

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        yield lambda losses: [(loss * float("inf")).backward() for _, loss in losses]


@pytest.mark.parametrize("executor", ["in-process", "processes"])
def test_what_diverges_by_itself_is_seen(tmp_path: Path, executor: str) -> None:
    place = VariantRuns(Toy(), tmp_path / "probe.db", executor=executor, workers=1, progress=False)
    comparison = compare_methods(place, {"runaway": Runaway(), "plain": MultiHead()}, [3])
    assert comparison.diverged("runaway") == (3,)


def test_side_scores_of_every_method_and_of_the_tasks_alone(place: VariantRuns) -> None:
    sided = replace(place, taskset=Sided())
    comparison = compare_methods(sided, {"plain": MultiHead()}, [0])
    assert set(comparison.side["plain"][0]) == {f"{task}@squared" for task in TASKS}
    for method in comparison.methods:  # without what single-task runs know of their learning
        for task, score in comparison.scores[method][0].items():
            assert comparison.side[method][0][f"{task}@squared"] == score**2
    assert len(comparison.side["single"][0]) == 3
