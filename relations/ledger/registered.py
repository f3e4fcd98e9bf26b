"""What a ledger's runs are made of: tasks, variants, and the settings that are never mixed."""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from relations.errors import LedgerError
from relations.ledger.changed_code import (
    changed_code,
    is_unknown,
    refusal,
    with_known_code,
    without_code,
)
from relations.ledger.companion import damaged
from relations.ledger.fingerprint import (
    Modernise,
    Settings,
    canonical_json,
    differences,
    fingerprint,
    modernised,
    versions_in,
)
from relations.ledger.refusals import at_work, other_settings, turned_tasks
from relations.ledger.schema import as_ledger_errors, has_table, has_versions, transaction
from relations.ledger.task_kinds import note_kinds, with_noted_kinds
from relations.tasks import Task

_AT_WORK_SECONDS = 30.0  # several beats of the heart of a probe


class Registered:
    """The part of a ledger that says what its runs are made of; see `relations.ledger.ledger`.

    Args:
        path: The ledger's file, for messages.
        connection: To it.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._order = self._places()

    def register(
        self,
        tasks: Sequence[Task],
        settings: Settings,
        variant: str = "",
        *,
        modernise: Modernise = modernised,
        accept_changed_code: bool = False,
    ) -> str:
        """Say what runs to come are made of; tasks that are new are added.

        Runs whose settings an earlier release wrote in another way are carried over to these, in
        one transaction: nothing is lost by a kill, and a second process finds it done.

        Args:
            tasks: Tasks with their directions.
            settings: Everything that changes a score, as JSON values.
            variant: The variant these settings belong to.
            modernise: See `check_settings`.
            accept_changed_code: See there; recorded with the variant.

        Returns:
            The fingerprint of the settings.

        Raises:
            LedgerError: The variant's runs were made with other settings, or a task has another
                direction in the ledger; the differences are printed.
        """
        with transaction(self._connection, self.path, durable=True):
            self._add_tasks(tasks)
            changed = self.check_settings(
                settings, variant, modernise, accept_changed_code=accept_changed_code
            )
            self.accept(variant, changed)
            settings = with_known_code(self.settings(variant), settings)
            text, digest = _text(settings), fingerprint(settings)
            if not has_versions(self._connection):
                self._execute("ALTER TABLE runs ADD COLUMN versions TEXT")
            versions = json.dumps(versions_in(self.settings(variant)))
            self._execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (digest, text))
            self._execute("INSERT OR IGNORE INTO variants VALUES (?, ?, NULL)", (variant, digest))
            self._execute(
                "UPDATE runs SET fingerprint = ?, versions = CASE WHEN state IN ('done', 'failed') "
                "THEN coalesce(versions, ?) END WHERE variant = ? AND fingerprint != ?",
                (digest, versions, variant, digest),
            )
            self._execute(
                "UPDATE variants SET fingerprint = ? WHERE variant = ?", (digest, variant)
            )
        self._order = self._places()
        return digest

    def _add_tasks(self, tasks: Sequence[Task]) -> None:
        """Add tasks that are new; refuse known ones with another direction.

        How their change is measured moves no score: what the last probe says is noted.
        """
        known = {task.name: task.higher_is_better for task in self.tasks()}
        if turned := [
            task
            for task in tasks
            if known.get(task.name, task.higher_is_better) != task.higher_is_better
        ]:
            raise turned_tasks(self.path, turned)
        new = [task for task in tasks if task.name not in known]
        for place, task in enumerate(new, start=len(known)):
            self._execute(
                "INSERT INTO tasks VALUES (?, ?, ?)", (task.name, place, task.higher_is_better)
            )
        note_kinds(self._execute, tasks)

    def check_settings(
        self,
        settings: Settings,
        variant: str = "",
        modernise: Modernise = modernised,
        *,
        accept_changed_code: bool = False,
    ) -> list[str]:
        """Refuse settings other than those of the variant's finished runs; without any all will do.

        What failed is mended by changing it. Of the code, only what both name is compared.

        Args:
            settings: Of the runs to come.
            variant: Their variant.
            modernise: Gives settings that an earlier release wrote as this one writes them.
            accept_changed_code: Take runs of other code as runs of this.

        Returns:
            Changes of the code that were accepted.

        Raises:
            LedgerError: They differ, or are not JSON values; the differences are printed.
        """
        text, stored = _text(settings), self._stored(variant)
        if stored is None or stored == text:
            return []
        old = modernise(self._parsed(stored))
        before, now = without_code(old), without_code(settings)
        trained = list(self.trained(variant).values())
        differ = _text(before) != _text(now)
        changed = changed_code(old, settings)
        if not trained:
            if (differ or changed) and self._at_work(variant):
                raise at_work(self.path, [*differences(before, now), *changed])
            return []
        if differ:
            raise other_settings(self.path, variant, before, now, self.versions(variant))
        if changed and not accept_changed_code:
            raise refusal(f"The ledger `{self.path}`", changed, trained)
        return changed

    def _at_work(self, variant: str) -> bool:
        """Whether a probe that was heard of lately trains runs of a variant."""
        rows = self._rows(
            "SELECT 1 FROM runs JOIN claimants ON claimed_by = claimants.id "
            "WHERE variant = ? AND state = 'running' AND heartbeat > ?",
            (variant, time.time() - _AT_WORK_SECONDS),
        )
        return bool(rows)

    def accept(self, variant: str, changed: Sequence[str]) -> None:
        """Note changes of code that were accepted."""
        if not changed:
            return
        self._execute(
            "CREATE TABLE IF NOT EXISTS accepted (variant TEXT NOT NULL, at REAL NOT NULL, "
            "runs INTEGER NOT NULL, changed TEXT NOT NULL)"
        )
        runs = len(self.trained(variant))
        self._execute(
            "INSERT INTO accepted VALUES (?, ?, ?, ?)",
            (variant, time.time(), runs, json.dumps(changed)),
        )

    def accepted(self, variant: str = "") -> list[str]:
        """Changes of code since some of a variant's runs were trained, that were accepted."""
        if not has_table(self._execute, "accepted"):
            return []
        rows = self._rows("SELECT changed FROM accepted WHERE variant = ? ORDER BY at", (variant,))
        return [str(line) for (text,) in rows for line in self._parsed(text, list)]

    def trained(self, variant: str = "") -> dict[tuple[frozenset[str], int], float]:
        """Finished runs of a variant, as tasks and seed -> when, in seconds since 1970."""
        rows = self._rows(
            "SELECT tasks, seed, finished_at FROM runs WHERE variant = ? AND state = 'done'",
            (variant,),
        )
        return {(frozenset(tasks.split("+")), seed): at for tasks, seed, at in rows}

    def is_unwatched(self, settings: Settings, variant: str = "") -> bool:
        """Whether a variant's runs are from before the code was watched that settings name."""
        stored = self._stored(variant)
        return stored is not None and is_unknown(self._parsed(stored), settings)

    def tasks(self) -> tuple[Task, ...]:
        """Tasks in the ledger's order, their changes measured as the last probe says."""
        rows = self._rows("SELECT name, higher_is_better FROM tasks ORDER BY position")
        tasks = [Task(name, bool(higher)) for name, higher in rows]
        return with_noted_kinds(self._execute, tasks)

    def _places(self) -> dict[str, int]:
        return {task.name: place for place, task in enumerate(self.tasks())}

    def settings(self, variant: str = "") -> dict[str, object]:
        """Settings of a variant's runs; empty when it has none."""
        return self._parsed(self._stored(variant) or "{}")

    def _stored(self, variant: str) -> str | None:
        """The text of a variant's settings; None when it was never registered."""
        rows = self._rows(
            "SELECT json FROM variants JOIN settings USING (fingerprint) WHERE variant = ?",
            (variant,),
        )
        return rows[0][0] if rows else None

    def versions(self, variant: str = "") -> list[dict[str, str]]:
        """The versions of Python and libraries that a variant's runs were made with, oldest first.

        Recorded, not compared; see `relations.ledger.fingerprint`.
        """
        found: list[tuple[str]] = []
        if has_versions(self._connection):
            found = self._rows(
                "SELECT versions FROM runs WHERE variant = ? AND versions IS NOT NULL "
                "GROUP BY versions ORDER BY min(id)",
                (variant,),
            )
        earlier = versions_in(self.settings(variant))
        return [self._parsed(text) for (text,) in found] or ([earlier] if earlier else [])

    def set_looks(self, looks: Sequence[int] | None, variant: str = "") -> None:
        """Note at which numbers of seeds the edges of a registered variant are looked at.

        Args:
            looks: Ascending numbers of seeds; None for a fixed number.
            variant: The variant.
        """
        text = None if looks is None else json.dumps(list(looks))
        with transaction(self._connection, self.path, durable=True):
            self._execute("UPDATE variants SET looks = ? WHERE variant = ?", (text, variant))

    def looks(self, variant: str = "") -> tuple[int, ...] | None:
        """Numbers of seeds at which edges were looked at; None without adaptive seeds."""
        rows = self._rows("SELECT looks FROM variants WHERE variant = ?", (variant,))
        if not rows or rows[0][0] is None:
            return None
        looks = tuple(self._parsed(rows[0][0], list))
        if not looks or any(type(look) is not int for look in looks) or sorted(looks) != [*looks]:
            raise damaged(self.path, f"{rows[0][0][:60]!r} must be rising numbers of seeds")
        return looks

    def variants(self) -> tuple[str, ...]:
        """Variants that were registered, in alphabetical order; "" is the probe's own."""
        return tuple(row[0] for row in self._rows("SELECT variant FROM variants ORDER BY 1"))

    def _execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with as_ledger_errors(self.path):
            return self._connection.execute(statement, values)

    def _rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """What a question finds."""
        with as_ledger_errors(self.path):
            return self._execute(statement, values).fetchall()

    def _parsed(self, text: object, kind: type[Any] = dict) -> Any:
        """A JSON text of the ledger, which holds a mapping, or a list if `kind` is that."""
        with as_ledger_errors(self.path):
            value = json.loads(str(text))
        if isinstance(value, kind):
            return value
        wanted = "a list" if kind is list else "a mapping"
        raise damaged(self.path, f"{str(text)[:60]!r} must be {wanted}")


def _text(settings: Mapping[str, object]) -> str:
    """Settings as text that is equal for equal settings."""
    try:
        return canonical_json(settings)
    except (TypeError, ValueError) as error:
        raise LedgerError(
            f"`settings` must be JSON values, so that they can be compared ({error})."
        ) from error
