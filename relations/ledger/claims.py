"""Claims: two probes on one ledger never train the same run at once.

A probe claims a run when it hands it to a worker. A claim ends with the outcome, when the probe
gives it back, or when the probe has died, which `relations.ledger.pulse` tells. Source: our choice.
"""

import contextlib
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Literal, Self

from relations.errors import LedgerError
from relations.ledger.companion import move_in
from relations.ledger.fingerprint import recorded_versions
from relations.ledger.ledger import Ledger
from relations.ledger.pulse import HEARTBEAT_SECONDS, Pulses, start_of
from relations.ledger.schema import connect, transaction
from relations.runs import Outcome, Run

_at_work: set[str] = set()  # the claimants of this process


class Claimant:
    """One probe at work on a ledger; a context manager that gives back what it did not finish.

    Args:
        ledger: An open ledger.
        retry_failed: Claim runs too that had failed before this probe began.
    """

    def __init__(self, ledger: Ledger, *, retry_failed: bool = True) -> None:
        self._path = ledger.path
        self._ledger = ledger
        self._connection = connect(ledger.path, create=True)
        self._retry_before = time.time() if retry_failed else 0.0
        self._id = uuid.uuid4().hex
        self._pulses = Pulses(ledger.path)
        self._signature = self._id, self._pulses.place, os.getpid(), start_of(os.getpid())
        self._versions = recorded_versions()
        self._stopped = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="ledger-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        with transaction(self._connection, self._path, durable=False):
            self._sign(self._connection)
        _at_work.add(self._id)
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._heart.join()
        _at_work.discard(self._id)
        with (
            contextlib.closing(self._connection),
            transaction(self._connection, self._path, durable=True),
        ):
            _release(self._connection, self._id)

    def claim(self, run: Run) -> Literal["claimed", "busy", "settled"]:
        """Try to claim a run.

        Returns:
            "claimed": train it now. "busy": another probe is at it. "settled": done, or failed and
            not to be tried again.
        """
        key = self._ledger.key(run)
        with transaction(self._connection, self._path, durable=False):
            self._sign(self._connection)
            claimed = self._connection.execute(
                "UPDATE runs SET state = 'running', claimed_by = ?, started_at = ?, "
                "attempts = attempts + 1 WHERE variant = ? AND tasks = ? AND seed = ? "
                "AND (state = 'planned' OR (state = 'failed' AND finished_at < ?))",
                (self._id, time.time(), *key, self._retry_before),
            ).rowcount
        if claimed:
            return "claimed"
        return "busy" if self._ledger.state(run) == "running" else "settled"

    def claimed(self, runs: Iterable[Run], busy: list[Run]) -> Iterator[Run]:
        """Claim runs one by one as they are asked for.

        Args:
            runs: Runs to be trained.
            busy: Runs that another probe is at are appended here.

        Yields:
            Runs that are now this probe's to train.
        """
        for run in runs:
            answer = self.claim(run)
            if answer == "claimed":
                yield run
            elif answer == "busy":
                busy.append(run)

    def record(self, outcome: Outcome) -> bool:
        """Write the outcome of a claimed run; see `Ledger.record`."""
        return self._ledger.record(outcome, claimed_by=self._id, versions=self._versions)

    def recover(self) -> int:
        """Give back the claims of probes that have died.

        Returns:
            How many runs were given back.
        """
        rows = self._connection.execute(
            # A run may also be held by one who was taken for dead, and died only then.
            "SELECT id, host, pid, process_start, heartbeat FROM claimants UNION "
            "SELECT claimed_by, '', 0, '', 0.0 FROM runs WHERE state = 'running' "
            "AND claimed_by NOT IN (SELECT id FROM claimants)"
        ).fetchall()
        dead = [row[0] for row in rows if self._is_left(*row)]
        if not dead:
            return 0
        with transaction(self._connection, self._path, durable=False):
            return sum(_release(self._connection, claimant) for claimant in dead)

    def _is_left(self, claimant: str, place: str, pid: int, start: str, heartbeat: float) -> bool:
        """Whether nobody is at a claimant's work any more."""
        if (place, pid, start) == self._signature[1:]:
            # In this process, one that could not give back what it held, as the disk was full.
            return claimant not in _at_work
        return self._pulses.is_dead(claimant, place, pid, start, heartbeat)

    def _sign(self, connection: sqlite3.Connection) -> None:
        """Say that this probe lives; again from the start, if it was taken for dead."""
        connection.execute(
            "INSERT OR REPLACE INTO claimants VALUES (?, ?, ?, ?, ?)",
            (*self._signature, time.time()),
        )

    def _beat(self) -> None:
        """Say every few seconds that this probe lives."""
        connection = connect(self._path, create=True)
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            # A beat that cannot be written is missed; the probe's own writes say what is wrong.
            with (
                contextlib.suppress(LedgerError),
                transaction(connection, self._path, durable=False),
            ):
                self._sign(connection)
            move_in(connection)
        connection.close()


def _release(connection: sqlite3.Connection, claimant: str) -> int:
    """Plan a claimant's unfinished runs again and forget it."""
    released = connection.execute(
        "UPDATE runs SET state = 'planned', claimed_by = NULL "
        "WHERE state = 'running' AND claimed_by = ?",
        (claimant,),
    ).rowcount
    connection.execute("DELETE FROM claimants WHERE id = ?", (claimant,))
    return released
