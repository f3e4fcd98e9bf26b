"""Loss curves of a ledger's runs.

They stand in a table of their own, made when a run brings some: earlier releases leave it alone.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from relations.ledger.schema import Execute, has_table
from relations.ledger.side_table import Key
from relations.loss_curves import POINTS, LossCurve
from relations.tables.json_text import read_json


def note_loss_curves(execute: Execute, key: Key, curves: Mapping[str, LossCurve]) -> None:
    """Note how a run's training went; within a transaction."""
    if not curves:
        return
    execute(
        "CREATE TABLE IF NOT EXISTS loss_curves (variant TEXT NOT NULL, tasks TEXT NOT NULL, "
        "seed INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (variant, tasks, seed))"
    )
    plain = {task: vars(curve) for task, curve in curves.items()}
    text = json.dumps(plain, separators=(",", ":"))
    execute("INSERT OR REPLACE INTO loss_curves VALUES (?, ?, ?, ?)", (*key, text))


def noted_loss_curves(
    execute: Execute, variant: str
) -> Iterator[tuple[str, int, dict[str, LossCurve]]]:
    """Tasks, seed and curves of the runs of a variant that have some.

    What is damaged is left out: no change hangs on it.
    """
    if not has_table(execute, "loss_curves"):
        return
    rows = execute("SELECT tasks, seed, json FROM loss_curves WHERE variant = ?", (variant,))
    for tasks, seed, text in rows.fetchall():
        try:
            curves = {task: _curve(value) for task, value in read_json(text).items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            continue
        known = isinstance(tasks, str) and type(seed) is int
        if known and set(curves) <= set(tasks.split("+")):
            yield tasks, seed, curves


def _curve(value: Any) -> LossCurve:
    """A curve of plain values.

    Raises:
        ValueError: It is none.
    """
    curve = LossCurve(value["steps"], value["every"], tuple(value["means"]))
    whole = type(curve.steps) is type(curve.every) is int and curve.every > 0
    if not whole or not all(type(mean) in (int, float) for mean in curve.means):
        raise ValueError("no curve")
    if len(curve.means) > POINTS or len(curve.means) != -(-curve.steps // curve.every):
        raise ValueError("no curve")
    return curve
