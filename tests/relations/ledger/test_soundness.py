"""Ledgers that something other than a probe wrote into, or a disk damaged."""

import sqlite3

import pytest

from relations import PairwiseProbe, load_relations
from relations.errors import LedgerError
from relations.ledger.ledger import Ledger
from relations.ledger.status import status


@pytest.fixture
def path(tmp_path):
    def train(tasks, seed):
        return {task: 0.5 + seed / 10 + len(tasks) / 50 for task in tasks}

    path = tmp_path / "probe.db"
    PairwiseProbe(["pose", "reid"], train, seeds=range(2), ledger=path).run()
    return path


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE variants", "'variants' is missing"),
        ("ALTER TABLE runs DROP COLUMN output", "lacks output"),
        ("CREATE VIEW looking AS SELECT * FROM runs", "it has the view 'looking'"),
        (
            "CREATE TRIGGER fired AFTER UPDATE ON runs BEGIN DELETE FROM runs; END",
            "it has the trigger 'fired'",
        ),
        ("UPDATE runs SET seed = 'first' WHERE id = 2", "seed in line 2 of 'runs' is 'first'"),
        ("UPDATE runs SET wall_seconds = 'long'", "wall_seconds in line 1"),
        ("UPDATE runs SET finished_at = 9e99", "finished_at in line 1"),
        ("UPDATE runs SET scores = NULL WHERE id = 1", "state in line 1 of 'runs' is 'done'"),
        ("UPDATE tasks SET higher_is_better = 7", "higher_is_better in line 1"),
        ("""UPDATE runs SET scores = '{"pose": NaN}' WHERE tasks = 'pose'""", "the scores of pose"),
        ("""UPDATE runs SET scores = '{"pose": "x"}' WHERE tasks = 'pose'""", "the scores of pose"),
        ("UPDATE runs SET scores = '{\"pose\": 0.5}'", "the scores of reid"),
        ("UPDATE runs SET scores = '{\"pose\"'", "delimiter"),
        ("UPDATE runs SET tasks = 'hat' WHERE id = 1", "tasks that it does not know"),
        ("""UPDATE variants SET looks = '["a"]'""", "must be rising numbers"),
        ("UPDATE variants SET looks = '{}'", "must be a list"),
        ("UPDATE tasks SET name = 'a' || char(27) || '[31m' WHERE rowid = 1", "control"),
    ],
)
def test_a_damaged_ledger_is_refused_in_words(path, statement, message):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    for read in (load_relations, status):
        with pytest.raises(ValueError, match=message):
            read(path)


def test_rows_that_are_there_twice_are_refused(path):
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE loose AS SELECT * FROM runs UNION ALL SELECT * FROM runs;"
        "DROP TABLE runs; ALTER TABLE loose RENAME TO runs;"
    )
    connection.close()
    with pytest.raises(LedgerError, match="more than once in 'runs'"):
        load_relations(path)


def test_overwritten_bytes_are_refused_or_change_nothing(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    content, before = path.read_bytes(), load_relations(path).to_json()
    refused = 0
    for place in range(100, len(content), 1024):
        path.write_bytes(content[:place] + b"\xff" * 200 + content[place + 200 :])
        try:
            assert load_relations(path).to_json() == before
        except LedgerError as error:
            assert "damaged" in str(error)
            refused += 1
    assert refused


def test_settings_that_are_no_mapping(path):
    connection = sqlite3.connect(path)
    connection.execute("UPDATE settings SET json = '[]'")
    connection.commit()
    connection.close()
    with Ledger(path, read_only=True) as ledger, pytest.raises(LedgerError, match="a mapping"):
        ledger.settings()


@pytest.mark.parametrize("values", ["'pose', 'foo', -0.1", "'pose', 'absolute', 'x'"])
def test_a_kind_of_change_that_no_task_has(path, values):
    with Ledger(path) as ledger:
        ledger._execute("CREATE TABLE kinds (task TEXT, kind TEXT, threshold)")
        ledger._execute(f"INSERT INTO kinds VALUES ({values})")
    with pytest.raises(LedgerError, match=r"'kinds' is"):
        load_relations(path)
