"""`gradsplit diagnose`, as a user types it, on a planted cause with few steps."""

import json
import sqlite3
from pathlib import Path

import pytest

from gradsplit.cli import main
from gradsplit.training.taskset import TaskSet

pytestmark = pytest.mark.long

SET = "gradsplit.tasksets.causes.task_sets:narrow_trunk"
QUICK = ["--steps", "60", "--seeds", "2", "--executor", "ensemble", "--quiet"]


def diagnose(folder: Path, *words: str) -> int:
    return main(["diagnose", SET, "--out", str(folder), *QUICK, *words])


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diagnose")
    assert diagnose(folder, "--edges", "source:target") == 0
    return folder


def test_writes_what_it_says(diagnosed: Path) -> None:
    there = {path.name for path in diagnosed.iterdir()}
    assert {"diagnosis.txt", "diagnosis.json", "diagnosis-source-target.png", "probe.db"} <= there
    found = json.loads((diagnosed / "diagnosis.json").read_text())
    assert [(one["source"], one["target"]) for one in found] == [("source", "target")]
    # Sixty steps are far too few for this set: that is what must be said, or nothing.
    assert found[0]["cause"] in ("unfinished training", None)
    assert sum(one["cost"] for one in found[0]["interventions"]) <= 10


def test_a_second_call_trains_nothing(diagnosed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("trained")

    before = (diagnosed / "diagnosis.json").read_text()
    monkeypatch.setattr("gradsplit.training.trainer.TaskSetTrainer.together", refuse)
    assert diagnose(diagnosed, "--edges", "source:target") == 0
    assert (diagnosed / "diagnosis.json").read_text() == before


def test_the_other_direction_uses_the_pair_runs_again(diagnosed: Path) -> None:
    def pairs() -> int:
        with sqlite3.connect(diagnosed / "probe.db") as book:
            asked = "SELECT count(*) FROM runs WHERE variant = '' AND tasks = 'source+target'"
            return book.execute(asked).fetchone()[0]

    assert pairs() == 2


def test_mistakes_are_refused_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--edges", "source:source,source:pose", "--seeds", "1", "--stages", "late,layer4"]
    assert main(["diagnose", SET, "--out", str(tmp_path), *words]) == 2
    said = capsys.readouterr().err
    assert "`source:source`" in said
    assert "`source:pose`" in said
    assert "`--seeds` must be at least 2" in said
    assert "no module `layer4`; its children are early, late" in said


def test_nothing_is_chosen_on_test_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TaskSet, "judged_on_test", True)
    assert main(["diagnose", SET, "--out", str(tmp_path)]) == 2
    assert "diagnose with validation data" in capsys.readouterr().err


def test_the_cost_is_shown_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", SET, "--steps", "5", "--seeds", "2", "--measure", "2", "--diagnose"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "all 2 edges, should they be harmful, 2 seeds: at most 40 pair runs" in said
    assert main(["plan", SET, "--measure", "0", "--diagnose"]) == 0
    said = capsys.readouterr().out
    assert "3 seeds: 9 runs" in said
    assert "5 seeds: at most 100 pair runs" in said  # as many as `diagnose` trains
