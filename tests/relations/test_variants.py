import pytest

from relations.errors import RunFailedError
from relations.runs import Outcome, Run
from relations.tasks import Task
from relations.variants import refuse_failed, train_runs

GOOD = Outcome(Run(("a",), 0), scores={"a": 1.0})


def test_all_failed_runs_are_named_at_once():
    failed = [
        Outcome(Run(("a", "b"), 1, "gradsplit"), error="ValueError: nan\n\nTraceback"),
        Outcome(Run(("b",), 2)),
    ]
    with pytest.raises(RunFailedError) as refusal:
        refuse_failed([GOOD, *failed], "No table")
    text = str(refusal.value)
    assert text.startswith("No table")
    assert "a+b seed 1 (gradsplit): ValueError: nan" in text
    assert "b seed 2" in text
    assert "Traceback" not in text


def test_outcomes_come_in_the_order_of_the_runs(tmp_path):
    def scaled(factor):
        return lambda tasks, seed: dict.fromkeys(tasks, factor * (seed + 1))

    runs = [Run(("a", "b"), 2, "new"), Run(("b", "a"), 0), Run(("a", "b"), 1, "new")]
    trainers = {"": scaled(1.0), "new": scaled(10.0)}
    outcomes = train_runs(trainers, [Task("a"), Task("b")], runs, tmp_path / "probe.db")
    assert [dict(outcome.scores or {}) for outcome in outcomes] == [
        {"a": 30.0, "b": 30.0},
        {"a": 1.0, "b": 1.0},
        {"a": 20.0, "b": 20.0},
    ]


def test_finished_runs_pass():
    refuse_failed([GOOD], "No table")
