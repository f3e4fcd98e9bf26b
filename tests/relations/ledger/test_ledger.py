import json
import os
import sqlite3

import pytest

from relations.errors import LedgerError, TaskError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from relations.tasks import Task

TASKS = [Task("pose"), Task("depth", higher_is_better=False)]
PAIR = Run(("pose", "depth"), 0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "probe.db"


@pytest.fixture
def ledger(path):
    with Ledger(path) as opened:
        opened.register(TASKS, {"recipe": {"steps": 400}})
        opened.add([Run(("pose",), 0), PAIR])
        yield opened


def test_all_of_an_outcome_comes_back(ledger, path):
    outcome = Outcome(
        PAIR, {"pose": 0.1, "depth": 1 / 3}, None, 2.5, 2**31, "cpu", "here", "printed"
    )
    assert ledger.record(outcome)
    with Ledger(path, read_only=True) as reader:
        assert list(reader.outcomes()) == [outcome]
        assert reader.tasks() == tuple(TASKS)
        assert reader.settings() == {"recipe": {"steps": 400}}
        assert reader.variants() == ("",)


def test_a_failed_run_keeps_its_error(ledger):
    ledger.record(Outcome(PAIR, error="boom"))
    assert ledger.states()[PAIR] == "failed"
    assert [outcome.error for outcome in ledger.outcomes()] == ["boom"]


def test_scores_that_are_there_stay(ledger):
    assert ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    assert not ledger.record(Outcome(PAIR, {"pose": 0.9, "depth": 0.9}))
    assert not ledger.record(Outcome(PAIR, error="late"))
    assert next(ledger.outcomes()).scores == {"pose": 0.1, "depth": 0.2}


def test_the_order_of_tasks_does_not_make_another_run(ledger):
    ledger.add([Run(("depth", "pose"), 0)])
    assert list(ledger.states()) == [Run(("pose",), 0), PAIR]
    assert ledger.canonical(Run(("depth", "pose"), 3)) == Run(("pose", "depth"), 3)


def test_adding_runs_again_changes_nothing(ledger):
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    ledger.add([PAIR])
    assert ledger.states()[PAIR] == "done"


def test_new_tasks_come_after_the_known_ones(ledger, path):
    ledger.register([Task("new"), *TASKS], {"recipe": {"steps": 400}})
    assert [task.name for task in ledger.tasks()] == ["pose", "depth", "new"]
    with Ledger(path) as again:
        assert again.canonical(Run(("new", "depth"), 0)).tasks == ("depth", "new")


def test_other_settings_are_refused_with_the_difference(ledger, path):
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    with (
        Ledger(path) as other,
        pytest.raises(LedgerError, match=r"recipe\.steps: 400 in the ledger, 800 now"),
    ):
        other.register(TASKS, {"recipe": {"steps": 800}})


def test_other_settings_are_taken_while_no_run_is_finished(ledger, path):
    ledger.record(Outcome(PAIR, None, "no GPU"))
    with Ledger(path) as other:
        other.register(TASKS, {"recipe": {"steps": 800}})
        assert other.settings() == {"recipe": {"steps": 800}}
        other.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
        with pytest.raises(LedgerError, match=r"recipe\.steps: 800 in the ledger, 400 now"):
            other.register(TASKS, {"recipe": {"steps": 400}})


def test_a_refused_registration_leaves_nothing_behind(ledger, path):
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    with Ledger(path) as other:
        with pytest.raises(LedgerError):
            other.register([*TASKS, Task("new")], {"recipe": {"steps": 800}})
        assert [task.name for task in other.tasks()] == ["pose", "depth"]


def test_a_variant_has_its_own_settings(ledger):
    ledger.register(TASKS, {"recipe": {"steps": 800}}, "steps=800")
    ledger.add([Run(("pose",), 0, "steps=800")])
    assert ledger.settings("steps=800") == {"recipe": {"steps": 800}}
    assert list(ledger.states("steps=800")) == [Run(("pose",), 0, "steps=800")]
    assert len(ledger.states()) == 2


def test_another_direction_is_refused(ledger):
    with pytest.raises(LedgerError, match="`depth` has higher_is_better=False in the ledger"):
        ledger.register([Task("depth")], {"recipe": {"steps": 400}})


def test_settings_must_be_json(ledger):
    with pytest.raises(LedgerError, match="`settings` must be JSON"):
        ledger.register(TASKS, {"path": object()})


def test_runs_of_unknown_tasks_or_variants_are_refused(ledger):
    with pytest.raises(TaskError, match="`sky` is not one of them"):
        ledger.add([Run(("sky",), 0)])
    with pytest.raises(LedgerError, match="never registered"):
        ledger.add([Run(("pose",), 0, "other")])
    with pytest.raises(TaskError, match="each task once"):
        ledger.add([Run(("pose", "pose"), 0)])


def test_an_outcome_of_a_run_never_added_is_refused(ledger):
    with pytest.raises(LedgerError, match="Add it first"):
        ledger.record(Outcome(Run(("pose",), 9), {"pose": 1.0}))


def test_a_missing_ledger(path):
    with pytest.raises(LedgerError, match="There is no ledger at"):
        Ledger(path, read_only=True)
    with pytest.raises(LedgerError, match=r"folder .* does not exist"):
        Ledger(path.parent / "nowhere" / "probe.db")


def test_a_file_that_is_no_ledger(path):
    path.write_text("tasks,seed,task,score\n" * 100)
    for read_only in (True, False):
        with pytest.raises(LedgerError, match="is not a ledger"):
            Ledger(path, read_only=read_only)


def test_an_sqlite_file_of_something_else(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="no ledger: it must hold the format name"):
        Ledger(path)


def test_a_later_version_is_a_clear_error(ledger, path):
    ledger.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = '7' WHERE key = 'version'")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="version 7; this program reads version 1"):
        Ledger(path)


def test_it_can_be_read_where_nothing_can_be_written(ledger, path):
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    ledger.close()
    if os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        with Ledger(path, read_only=True) as reader:
            assert reader.states()[PAIR] == "done"
    finally:
        path.parent.chmod(0o755)


def test_a_reader_sees_each_finished_run_at_once(ledger, path):
    with Ledger(path, read_only=True) as reader:
        assert reader.states()[PAIR] == "planned"
        ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
        assert reader.states()[PAIR] == "done"


def test_the_file_says_what_it_is_and_is_plain(ledger, path):
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    connection = sqlite3.connect(path)
    assert dict(connection.execute("SELECT key, value FROM meta")) == {
        "format": "gradsplit-ledger",
        "version": "1",
    }
    row = connection.execute("SELECT tasks, scores FROM runs WHERE state = 'done'").fetchone()
    connection.close()
    assert row[0] == "pose+depth"
    assert json.loads(row[1]) == {"pose": 0.1, "depth": 0.2}


def test_how_changes_are_measured_is_noted_and_moves_no_run(ledger, path):
    settings = {"recipe": {"steps": 400}}
    ledger.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
    measured = [TASKS[0], Task("depth", False, "absolute", -0.05)]
    ledger.register(measured, settings)
    with Ledger(path, read_only=True) as reader:
        assert reader.tasks() == tuple(measured)
        assert len(list(reader.outcomes())) == 1
    ledger.register(TASKS, settings)
    assert ledger.tasks() == tuple(TASKS)


def test_a_ledger_of_relative_changes_has_no_table_of_kinds(ledger):
    names = {row[0] for row in ledger._execute("SELECT name FROM sqlite_master")}
    assert "runs" in names and "kinds" not in names


def test_another_direction_is_refused_whatever_the_kind(ledger):
    turned = Task("depth", change="absolute", threshold=-0.05)
    with pytest.raises(LedgerError, match="higher_is_better"):
        ledger.register([turned], {"recipe": {"steps": 400}})


def test_side_scores_are_added_to_a_finished_run(tmp_path):
    with Ledger(tmp_path / "side.db") as ledger:
        ledger.register([Task("pose"), Task("reid")], {})
        runs = [Run(("pose",), 0), Run(("pose",), 1)]
        ledger.add(runs)
        ledger.record(Outcome(runs[0], {"pose": 0.5}, side={"pose@old": 1.0, "pose@same": 2.0}))
        ledger.note_side(runs[0], {"pose@same": 3.0, "pose@new": 4.0, "reid@other": 5.0})
        (outcome,) = ledger.outcomes()
        assert outcome.side == {"pose@old": 1.0, "pose@same": 3.0, "pose@new": 4.0}
        assert outcome.scores == {"pose": 0.5}
        with pytest.raises(LedgerError, match="is not done"):
            ledger.note_side(runs[1], {"pose@new": 4.0})


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("train {tasks} {seed} {out} {weights}", "differ by {weights}, and nobody"),
        ("other {tasks} {seed} {out}", "runs are never mixed. Use another ledger"),
    ],
)
def test_a_command_that_is_told_more_is_another_one(path, now, said):
    with Ledger(path) as opened:
        opened.register(TASKS, {"command": "train {tasks} {seed} {out}"})
        opened.add([PAIR])
        opened.record(Outcome(PAIR, {"pose": 0.1, "depth": 0.2}))
        with pytest.raises(LedgerError, match=said):
            opened.register(TASKS, {"command": now})
