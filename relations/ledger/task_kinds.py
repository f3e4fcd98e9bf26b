"""How the changes of a ledger's tasks are measured, where that is not relatively.

They stand in a table of their own, made when a task needs it: earlier releases leave it alone, and
a ledger of relative changes is as they wrote it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from relations.change_kinds import RELATIVE, KindName
from relations.ledger.schema import Execute, has_table
from relations.tasks import Task


def with_noted_kinds(execute: Execute, tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Tasks with the kind and threshold of their change, where these are noted."""
    noted: dict[str, tuple[KindName, float]] = {}
    if has_table(execute, "kinds"):
        rows = execute("SELECT task, kind, threshold FROM kinds").fetchall()
        noted = {task: (kind, threshold) for task, kind, threshold in rows}
    return tuple(
        replace(task, change=noted[task.name][0], threshold=noted[task.name][1])
        if task.name in noted
        else task
        for task in tasks
    )


def note_kinds(execute: Execute, tasks: Sequence[Task]) -> None:
    """Note how the changes of tasks are measured; within a transaction."""
    others = [task for task in tasks if task.change != RELATIVE]
    if others:
        execute(
            "CREATE TABLE IF NOT EXISTS kinds "
            "(task TEXT PRIMARY KEY, kind TEXT NOT NULL, threshold REAL NOT NULL)"
        )
    if has_table(execute, "kinds"):
        for task in tasks:
            execute("DELETE FROM kinds WHERE task = ?", (task.name,))
        for task in others:
            execute("INSERT INTO kinds VALUES (?, ?, ?)", (task.name, task.change, task.threshold))
