"""Whether a ledger's file holds what a ledger holds: a damaged one is refused before it is used."""

import sqlite3
from pathlib import Path

from relations.ledger.companion import damaged

_TEXT = "typeof({0}) = 'text'"
_MAYBE_TEXT = "typeof({0}) IN ('text', 'null')"
_COUNT = "typeof({0}) = 'integer'"
_AMOUNT = "({0} IS NULL OR typeof({0}) IN ('integer', 'real') AND {0} BETWEEN 0 AND 1e18)"
_TIME = "({0} IS NULL OR typeof({0}) IN ('integer', 'real') AND {0} BETWEEN 0 AND 2e11)"
_COLUMNS = {
    "tasks": {"name": _TEXT, "position": _COUNT, "higher_is_better": "{0} IN (0, 1)"},
    "settings": {"fingerprint": _TEXT, "json": _TEXT},
    "variants": {"variant": _TEXT, "fingerprint": _TEXT, "looks": _MAYBE_TEXT},
    "claimants": {
        **dict.fromkeys(("id", "host", "process_start"), _TEXT),
        "pid": _COUNT,
        "heartbeat": "{0} IS NOT NULL AND " + _TIME,
    },
    "runs": {
        **dict.fromkeys(("tasks", "variant", "fingerprint"), _TEXT),
        **dict.fromkeys(("scores", "error", "output", "device", "host", "claimed_by"), _MAYBE_TEXT),
        **dict.fromkeys(("id", "seed", "attempts"), _COUNT),
        **dict.fromkeys(("wall_seconds", "peak_memory_bytes"), _AMOUNT),
        **dict.fromkeys(("planned_at", "started_at", "finished_at"), _TIME),
        # A finished run has a time and, when it is done, its scores.
        "state": "{0} IN ('planned', 'running', 'done', 'failed') AND "
        "({0} = 'done') = (scores IS NOT NULL) AND "
        "({0} NOT IN ('done', 'failed') OR finished_at IS NOT NULL)",
    },
}
_KEYS = {
    **{"tasks": "name", "settings": "fingerprint", "variants": "variant", "claimants": "id"},
    "kinds": "task",
}
_OPTIONAL = {
    "kinds": {
        "task": _TEXT,
        "kind": "{0} IN ('absolute', 'standardised')",
        "threshold": "typeof({0}) IN ('integer', 'real') AND {0} <= 0",
    }
}


def check_sound(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a ledger whose tables or their values are not what this program writes.

    Costs one pass over the file's rows for each column, in SQLite.

    Raises:
        LedgerError: It is damaged, or something other than a probe has written into it.
    """
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_master"))
    # A view or a trigger runs when a table is read or written, and may do anything.
    active = [name for name, kind in kinds.items() if kind not in ("table", "index")]
    problem = f"it has the {kinds[active[0]]} {active[0]!r}" if active else None
    optional = {table: columns for table, columns in _OPTIONAL.items() if table in kinds}
    for table, columns in (_COLUMNS | optional).items():
        problem = problem or _problem(connection, table, columns)
    if problem:
        raise damaged(path, f"{problem}; did something other than a probe write into it?")


def _problem(connection: sqlite3.Connection, table: str, columns: dict[str, str]) -> str | None:
    """What is wrong with a table; None when nothing is."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    missing = [column for column in columns if column not in there]
    if not there:
        return f"the table {table!r} is missing"
    if missing:
        return f"the table {table!r} lacks {', '.join(missing)}"
    for column, condition in columns.items():
        sound = condition.format(column)
        query = f"SELECT rowid, {column} FROM {table} WHERE ({sound}) IS NOT TRUE LIMIT 1"
        row = connection.execute(query).fetchone()
        if row is not None:
            return f"{column} in line {row[0]} of {table!r} is {str(row[1])[:60]!r}"
    key = _KEYS.get(table, "variant, tasks, seed")
    twice = connection.execute(
        f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    return None if twice is None else f"{twice} is there more than once in {table!r}"
