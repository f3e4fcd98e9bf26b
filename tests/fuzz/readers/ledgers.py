"""Ledgers: bytes of the file, its tables, their values, databases of other programs."""

import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from relations import PairwiseProbe, load_relations
from relations.ledger.ledger import Ledger
from relations.ledger.status import status
from relations.loss_curves import LossCurve
from relations.runs import Outcome, Run
from relations.side_scores import scored
from tests.fuzz import junk
from tests.fuzz.mutations import garbled
from tests.fuzz.reader import Files, Reader
from tests.fuzz.readers.tables import graph_facts

_STATEMENTS = (
    "DROP TABLE {table}",
    "ALTER TABLE {table} RENAME TO renamed",
    "DELETE FROM {table} WHERE rowid % 2 = 0",
    "DELETE FROM {table}",
    "ALTER TABLE {table} DROP COLUMN {column}",
    "ALTER TABLE {table} RENAME COLUMN {column} TO renamed",
    "CREATE TABLE another (name TEXT)",
    "CREATE VIEW view AS SELECT * FROM {table}",
    "CREATE TRIGGER fired AFTER UPDATE ON {table} BEGIN DELETE FROM runs; END",
)
_UPDATES = (
    "UPDATE OR IGNORE {table} SET {column} = ?",
    "UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = 2",
    "UPDATE OR IGNORE {table} SET {column} = ? WHERE rowid = 2",
)
_VALUES = (
    *(None, 0, -1, 2**62, 1.5, float("inf"), "", "text", b"", b"\x00\xff", "null", "[]", "{}", "1"),
    *('{"pose": NaN}', '{"pose": 1e999}', '{"pose": "x"}', '{"pose"', "[" * 5000, "9" * 5000),
    *(
        '{"pose": 0.5, "reid": 0.25}',
        '{"pose": 0.5, "pose": 0.6}',
        "pose",
        "reid+pose",
        "pose+pose",
    ),
    *("pose+", "other", "done", "failed", "running", "planned", "[1, 2]", '["a"]', "[3, null]"),
    *junk.NAMES,
)

_HOW = (*9 * (b"read",), b"write")


def score(tasks: tuple[str, ...], seed: int) -> dict[str, float]:
    return {task: 0.5 + place / 9 + seed / 50 + len(tasks) / 99 for place, task in enumerate(tasks)}


class Trainer:
    """Knows side scores and loss curves of its runs."""

    def __call__(self, tasks: tuple[str, ...], seed: int) -> dict[str, float]:
        return score(tasks, seed)

    def outcome(self, run: Run) -> Outcome:
        given = score(run.tasks, run.seed)
        side = {f"{task}@{name}": 0.25 for task in run.tasks for name in ("top 1", "1/2")}
        curves = {task: LossCurve.of([3.0, 2.0, 1.0]) for task in run.tasks}
        return replace(scored(run, given | side), curves=curves)


@cache
def probed() -> bytes:
    """A finished probe's ledger."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.db"
        PairwiseProbe(["pose", "reid", "depth"], Trainer(), seeds=range(2), ledger=path).run()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        return path.read_bytes()


class Ledgers(Reader):
    name = "ledgers"
    written = ("probe.db-wal", "probe.db-shm", "probe.db-journal", "mask.json", "edges.csv")

    def originals(self) -> list[Any]:
        return [probed()]

    def same(self, random: Random, original: bytes) -> Files:
        connection = _opened(original)
        connection.execute(random.choice(("VACUUM", "REINDEX", "PRAGMA user_version = 7")))
        return {
            "probe.db": _closed(random, connection),
            "how": random.choice(_HOW),
        }

    def changed(self, random: Random, original: bytes) -> Files:
        content = original
        if random.random() < 0.7:
            connection = _opened(original)
            for _ in range(random.choice((1, 1, 2))):
                _change(random, connection)
            content = _closed(random, connection)
        if random.random() < 0.4:
            content = garbled(random, content)
        return {"probe.db": content, "how": random.choice(_HOW)}

    def read(self, folder: Path) -> Any:
        path = folder / "probe.db"
        if (folder / "how").read_bytes() == b"write":
            PairwiseProbe(["pose", "reid", "depth"], Trainer(), seeds=range(2), ledger=path).run()
        graph = load_relations(folder)
        str(status(path))
        with Ledger(path, read_only=True) as ledger:
            for variant in ledger.variants():
                ledger.settings(variant)
                ledger.versions(variant)
                ledger.accepted(variant)
                ledger.loss_curves(variant)
        return graph_facts(graph, folder)


def _opened(content: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(content)
    return connection


def _closed(random: Random, connection: sqlite3.Connection) -> bytes:
    content = connection.serialize()
    connection.close()
    # The two bytes that say whether there is a write-ahead log.
    return content[:18] + b"\x02\x02" + content[20:] if random.random() < 0.5 else content


def _change(random: Random, connection: sqlite3.Connection) -> None:
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not row[0].startswith("sqlite_")
    ]
    table = random.choice(tables)
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    if random.random() < 0.5:  # a table that takes anything
        with suppress(sqlite3.Error):
            connection.execute(f"CREATE TABLE loose AS SELECT * FROM {table}")
            connection.execute(f"DROP TABLE {table}")
            connection.execute(f"ALTER TABLE loose RENAME TO {table}")
    statement, values = random.choice(_STATEMENTS), ()
    if random.random() < 0.7:
        value = random.choice(_VALUES)
        if isinstance(value, str):
            value = value.encode(errors="replace").decode()
        statement, values = random.choice(_UPDATES), (value,)
    with suppress(sqlite3.Error):
        connection.execute(statement.format(table=table, column=random.choice(columns)), values)
