"""The whole study in one call: its checks, its questions, and that the command says the same."""

from pathlib import Path

import pytest

from gradsplit import diagnose
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.studies.diagnosis.diagnose import in_question
from gradsplit.studies.diagnosis.intervention import Edge
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.tasksets.causes.task_sets import late_stage, no_harm
from relations import ChangeMatrix, RelationGraph, Task
from relations.errors import RelationsError
from relations.runs import Outcome, Run
from relations.sources import LEDGER_NAME

EDGE, BACK = ("source", "target"), ("target", "source")


def relation(together: dict[str, list[float]]) -> RelationGraph:
    """The relation of two tasks that score 1.0, 1.1 and 0.9 alone."""
    alone = [1.0, 1.1, 0.9]
    done = [Outcome(Run((task,), s), {task: alone[s]}) for task in "ab" for s in range(3)]
    for s in range(3):
        scores = {task: together[task][s] for task in "ab"}
        done += [Outcome(Run(("a", "b"), s), scores)]
    return RelationGraph.from_changes(ChangeMatrix.from_runs([Task("a"), Task("b")], done))


def test_undecided_edges_with_a_loss_are_in_question_too() -> None:
    worse = [0.6, 0.62, 0.57]
    graph = relation({"a": worse, "b": [0.97, 1.13, 0.89]})
    assert in_question(graph) == {("b", "a"): "harmful", ("a", "b"): "undecided"}
    better = relation({"a": worse, "b": [1.0, 1.2, 0.92]})
    assert in_question(better) == {("b", "a"): "harmful"}


# Ten steps leave scores below zero, which is said.
@pytest.mark.filterwarnings("ignore::relations.errors.ScoreNote")
def test_the_command_says_and_writes_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = tmp_path / "python", tmp_path / "command"
    taskset = late_stage().with_recipe(steps=10)
    found = diagnose(taskset, [EDGE], folders[0], seeds=2, threshold=-0.02, progress=False)
    found.save()
    assert capsys.readouterr().out == ""
    words = ["--edges", "source:target", "--steps", "10", "--seeds", "2", "--threshold", "-0.02"]
    words += ["--quiet", "--out", str(folders[1])]
    assert main(["diagnose", "cause-late-stage", *words]) == 0
    said, written = capsys.readouterr().out.split("\n\nwritten: ", 1)
    assert said.split() == str(found).split()  # printed sentences are broken into lines
    assert written.endswith(f"{folders[1]}/diagnosis.txt, .json and pictures\n")
    files = [{path.name: path for path in folder.iterdir()} for folder in folders]
    assert files[0].keys() == files[1].keys() > {"diagnosis.txt", "diagnosis.json"}
    for name in files[0].keys() - {LEDGER_NAME}:
        assert files[0][name].read_bytes() == files[1][name].read_bytes()


def test_only_the_pairs_asked_for_are_trained_and_a_second_call_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    taskset = no_harm().with_recipe(steps=3)
    first = diagnose(taskset, [BACK], tmp_path, seeds=2, progress=False, tell=told.append)
    assert told == [first.graph, first.text()]
    assert set(first.recommended) | set(first.harmless) == {BACK}

    def refuse(*_: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr("gradsplit.training.trainer.TaskSetTrainer.__call__", refuse)
    second = diagnose(taskset, [BACK], tmp_path, seeds=range(2), progress=False)
    assert str(second) == str(first)


def test_mistakes_are_refused_all_at_once_before_a_folder_is_made(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(GradSplitError) as refused:
        diagnose(
            "cause-none", [("source", "source"), ("source", "pose")], out, seeds=1, stages=["x"]
        )
    for part in ("`source:source`", "`source:pose`", "`seeds` must be at least 2", "no module `x`"):
        assert part in str(refused.value)
    with pytest.raises(RelationsError, match=r"`threshold` must be in \(-1, 0\]"):
        diagnose("cause-none", out=out, threshold=0.01)
    with pytest.raises(RelationsError, match="elsewhere"):
        diagnose("cause-none", out=out, executor="elsewhere")
    assert not out.exists()


def test_what_is_asked_reaches_the_examination(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def examine(runs: InterventionRuns, edges: dict[Edge, str], **options: object) -> list[object]:
        asked.update(options, edges=edges, seeds=runs.seeds)
        return []

    home = "gradsplit.studies.diagnosis"
    monkeypatch.setattr(f"{home}.examination.examine", examine)
    both = {EDGE: "harmful", BACK: "harmful"}
    monkeypatch.setattr(f"{home}.diagnose.in_question", lambda graph: both)
    taskset, seeds = no_harm().with_recipe(steps=2), range(3, 5)
    options = {"threshold": -0.05, "stages": ("late",)}
    diagnose(taskset, [BACK], tmp_path, seeds=seeds, progress=False, **options)
    wanted = {**options, "sweeping": False, "edges": {BACK: "harmful"}, "seeds": seeds}
    assert asked == wanted


@pytest.mark.parametrize("edges", ["target:source", ["target:source"], BACK])
def test_an_edge_and_a_stage_however_they_are_written(tmp_path, monkeypatch, edges) -> None:
    asked = {}
    monkeypatch.setattr(
        "gradsplit.studies.diagnosis.diagnose._refuse_problems",
        lambda taskset, edges, seeds, stages: asked.update(edges=edges, seeds=seeds, stages=stages),
    )
    taskset = no_harm().with_recipe(steps=2)
    diagnose(taskset, edges, tmp_path, seeds=[0, 3], threshold=-0.9, stages="late", progress=False)
    assert asked == {"edges": [BACK], "seeds": (0, 3), "stages": ("late",)}


@pytest.mark.parametrize("seeds", ["2", 2.5, 0])
def test_seeds_that_are_none(tmp_path, seeds) -> None:
    with pytest.raises(GradSplitError, match="`seeds` must be a number of seeds"):
        diagnose("cause-none", [BACK], tmp_path, seeds=seeds)
