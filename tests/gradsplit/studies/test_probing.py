"""The probe of a task set from Python is the one that the command goes on with."""

import pytest

from gradsplit import TaskSetTrainer, measured_cost, probe
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.training.run_cost import RunCost
from relations import RelationGraph
from relations.errors import TaskError
from tests.gradsplit.toy_tasks import Toy

COST = RunCost(tasks=1, steps=10, seconds_a_step=2.0, seconds_besides=1.0, peak_bytes=1)


def test_the_command_finds_everything_done(tmp_path, capsys):
    changes = probe("planted", out=tmp_path, seeds=1, steps=60).run(progress=False)
    words = ["planted", "--steps", "60", "--seeds", "1", "--out", str(tmp_path)]
    assert main(["plan", *words, "--measure", "0"]) == 0
    assert "missing 0" in capsys.readouterr().out
    assert main(["probe", *words, "--quiet"]) == 0
    assert str(RelationGraph.from_changes(changes)) in capsys.readouterr().out


def test_seeds_pairs_and_variants(tmp_path):
    plan = probe(Toy(), out=tmp_path, seeds=range(2, 4), pairs=[("sum", "error")]).plan()
    assert plan.seeds == (2, 3)
    assert {run.tasks for run in plan.runs if len(run.tasks) == 2} == {("sum", "error")}
    assert probe(Toy(), out=tmp_path, seeds="2..5").seeds.looks == (2, 3, 4, 5)
    assert {run.variant for run in probe(Toy(), out=tmp_path, variant="x").plan().runs} == {"x"}


def test_a_plan_with_its_cost(tmp_path):
    cost = measured_cost(Toy(), 3)
    assert cost.steps == Toy().recipe.steps and set(cost.seconds) == {1, 2}
    assert cost.measured_on == "3 steps on cpu" and cost.peak_memory_bytes > 0
    plan = probe(Toy(), out=tmp_path, seeds=1).plan(cost)
    assert plan.cost is cost
    with pytest.raises(FileNotFoundError):
        (tmp_path / "probe.db").stat()  # nothing is trained or written by a plan


def test_as_many_steps_are_measured_as_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        TaskSetTrainer, "measure", lambda self, steps: asked.append(steps) or [COST]
    )
    assert measured_cost(Toy(), 2).seconds == {1: 21.0}
    assert asked == [2]


def test_the_folder_is_made_when_runs_are_trained(tmp_path):
    new = probe(Toy(), out=tmp_path / "new" / "below", seeds=1, steps=2, tasks=("sum", "error"))
    new.plan()
    assert not (tmp_path / "new").exists()
    new.run(progress=False)
    assert (tmp_path / "new" / "below" / "probe.db").is_file()


def test_a_task_is_no_pair(tmp_path):
    with pytest.raises(TaskError, match="two different tasks, got sum and sum"):
        probe(Toy(), out=tmp_path, pairs=[("sum", "sum")]).plan()


def test_seeds_in_words_are_a_range(tmp_path):
    with pytest.raises(GradSplitError, match="`seeds` must be a number of seeds"):
        probe(Toy(), out=tmp_path, seeds="2")
