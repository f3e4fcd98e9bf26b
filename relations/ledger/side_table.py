"""Side scores of a ledger's runs.

They stand in a table of their own, made when a run brings some: earlier releases leave it alone.
"""

import json
from collections.abc import Mapping

from relations.ledger.schema import Execute, has_table
from relations.tables.json_text import read_json

Key = tuple[str, str, int]
"""Variant, tasks, seed, as in the ledger's runs."""


def note_side_scores(execute: Execute, key: Key, side: Mapping[str, float]) -> None:
    """Note what a run knows beside its scores; within a transaction."""
    if not side:
        return
    execute(
        "CREATE TABLE IF NOT EXISTS side_scores (variant TEXT NOT NULL, tasks TEXT NOT NULL, "
        "seed INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (variant, tasks, seed))"
    )
    execute(
        "INSERT OR REPLACE INTO side_scores VALUES (?, ?, ?, ?)", (*key, json.dumps(dict(side)))
    )


def noted_side_scores(execute: Execute, variant: str) -> dict[tuple[str, int], dict[str, float]]:
    """(tasks, seed) -> side scores, of the runs of a variant that have some.

    What is damaged is left out: no change hangs on it.
    """
    if not has_table(execute, "side_scores"):
        return {}
    rows = execute("SELECT tasks, seed, json FROM side_scores WHERE variant = ?", (variant,))
    noted: dict[tuple[str, int], dict[str, float]] = {}
    for tasks, seed, text in rows.fetchall():
        try:
            values = read_json(text)
        except (TypeError, ValueError):
            continue
        if isinstance(values, dict) and all(type(v) in (int, float) for v in values.values()):
            noted[tasks, seed] = values
    return noted
