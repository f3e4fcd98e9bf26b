"""Claims: two probes on one ledger never train the same run at once.

A probe claims a run when it hands it to a worker. A claim ends with the outcome, when the probe
gives it back, or when the probe has died: on the same machine that is seen at once from its
process, on another from a heartbeat that has stopped. Source: our choice.
"""

import contextlib
import os
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from relations.errors import LedgerError
from relations.ledger.fingerprint import recorded_versions
from relations.ledger.ledger import Ledger
from relations.ledger.schema import connect, transaction
from relations.runs import Outcome, Run

HEARTBEAT_SECONDS = 10.0
SILENT_SECONDS = 120.0  # another machine that was silent for so long is taken for dead


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
        self._versions = recorded_versions()
        self._stopped = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="ledger-heartbeat", daemon=True)

    def __enter__(self) -> Self:
        with transaction(self._connection, self._path, durable=False):
            self._connection.execute(
                "INSERT INTO claimants VALUES (?, ?, ?, ?, ?)",
                (self._id, socket.gethostname(), os.getpid(), _start_of(os.getpid()), time.time()),
            )
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
        with transaction(self._connection, self._path, durable=True):
            _release(self._connection, self._id)
        self._connection.close()

    def claim(self, run: Run) -> Literal["claimed", "busy", "settled"]:
        """Try to claim a run.

        Returns:
            "claimed": train it now. "busy": another probe is at it. "settled": done, or failed and
            not to be tried again.
        """
        key = self._ledger.key(run)
        with transaction(self._connection, self._path, durable=False):
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
        others = self._connection.execute(
            "SELECT id, host, pid, process_start, heartbeat FROM claimants WHERE id != ?",
            (self._id,),
        ).fetchall()
        dead = [row[0] for row in others if _is_dead(*row[1:])]
        if not dead:
            return 0
        with transaction(self._connection, self._path, durable=False):
            return sum(_release(self._connection, claimant) for claimant in dead)

    def _beat(self) -> None:
        """Say every few seconds that this probe lives."""
        connection = connect(self._path, create=True)
        while not self._stopped.wait(HEARTBEAT_SECONDS):
            # A beat that cannot be written is missed; the probe's own writes say what is wrong.
            with (
                contextlib.suppress(LedgerError),
                transaction(connection, self._path, durable=False),
            ):
                connection.execute(
                    "UPDATE claimants SET heartbeat = ? WHERE id = ?", (time.time(), self._id)
                )
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


def _is_dead(host: str, pid: int, process_start: str, heartbeat: float) -> bool:
    """Whether a claimant's process has ended, as far as can be known from here."""
    if host == socket.gethostname():
        return _start_of(pid) != process_start
    return time.time() - heartbeat > SILENT_SECONDS


def _start_of(pid: int) -> str:
    """When a process started, "" when there is none: a pid alone may be used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "alive" if _exists(pid) else ""
    # The name in parentheses may hold spaces; the state is the first field after it, the start
    # time the twentieth. A zombie has ended, though it still has a row.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def _exists(pid: int) -> bool:
    """Whether a process exists, on systems without /proc."""
    if Path("/proc/self/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
