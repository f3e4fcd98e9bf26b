"""The ledger: every run of a probe, done or not, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from relations.errors import LedgerError, TaskError, all_problems
from relations.ledger.fingerprint import canonical_json, differences, fingerprint
from relations.ledger.schema import connect, transaction
from relations.runs import Outcome, Run
from relations.tasks import Task, check_known

State = Literal["planned", "running", "done", "failed"]
ROWS_AT_ONCE = 1000
SYNC_SECONDS = 0.5  # how long a finished run may wait for the disk itself


class Ledger:
    """Every run, its scores and what it cost; many processes may write at once, others read.

    A run's identity is its set of tasks, its seed and its variant; tasks are kept in the order in
    which the ledger learnt them. All runs of a variant carry one settings fingerprint.

    Args:
        path: The SQLite file; made when it is not there.
        read_only: Only look; the file must be there.

    Raises:
        LedgerError: The file is missing (when only read), is no ledger or of another version.

    Example:
        >>> import tempfile, pathlib
        >>> with Ledger(pathlib.Path(tempfile.mkdtemp()) / "probe.db") as ledger:
        ...     digest = ledger.register([Task("pose"), Task("reid")], {"steps": 100})
        ...     ledger.add([Run(("reid", "pose"), 0)])
        ...     print(ledger.states())
        {Run(tasks=('pose', 'reid'), seed=0, variant=''): 'planned'}
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._connection = connect(self.path, create=not read_only)
        self._reached_disk = 0.0
        self._order = {task.name: place for place, task in enumerate(self.tasks())}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is lost if this is never called."""
        self._connection.close()

    def register(
        self, tasks: Sequence[Task], settings: Mapping[str, object], variant: str = ""
    ) -> str:
        """Say what runs to come are made of; tasks that are new are added.

        Args:
            tasks: Tasks with their directions.
            settings: Everything that changes a score, as JSON values.
            variant: The variant these settings belong to.

        Returns:
            The fingerprint of the settings.

        Raises:
            LedgerError: The variant's runs were made with other settings, or a task has another
                direction in the ledger; the differences are printed.
        """
        text = _text(settings)
        digest = fingerprint(settings)
        with transaction(self._connection, self.path, durable=True):
            self._add_tasks(tasks)
            self.check_settings(settings, variant)
            self._execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (digest, text))
            self._execute("INSERT OR IGNORE INTO variants VALUES (?, ?, NULL)", (variant, digest))
        self._order = {task.name: place for place, task in enumerate(self.tasks())}
        return digest

    def _add_tasks(self, tasks: Sequence[Task]) -> None:
        """Add tasks that are new; refuse known ones with another direction."""
        known = {task.name: task for task in self.tasks()}
        turned = [task for task in tasks if known.get(task.name, task) != task]
        if turned:
            raise LedgerError(
                all_problems(
                    f"Tasks of the ledger `{self.path}`",
                    [
                        f"`{task.name}` has higher_is_better={not task.higher_is_better} in the "
                        f"ledger, {task.higher_is_better} now. Use another ledger."
                        for task in turned
                    ],
                )
            )
        new = [task for task in tasks if task.name not in known]
        for place, task in enumerate(new, start=len(known)):
            self._execute(
                "INSERT INTO tasks VALUES (?, ?, ?)", (task.name, place, task.higher_is_better)
            )

    def check_settings(self, settings: Mapping[str, object], variant: str = "") -> None:
        """Refuse settings other than those of the variant's runs; without runs any will do.

        Raises:
            LedgerError: They differ, or are not JSON values; the differences are printed.
        """
        _text(settings)
        row = self._execute(
            "SELECT fingerprint, json FROM variants JOIN settings USING (fingerprint) "
            "WHERE variant = ?",
            (variant,),
        ).fetchone()
        if row is not None and row[0] != fingerprint(settings):
            name = f"variant {variant!r}" if variant else "the probe"
            raise LedgerError(
                all_problems(
                    f"The ledger `{self.path}` holds runs of {name} made with other settings; runs "
                    "are never mixed. Use another ledger, or the old settings",
                    differences(json.loads(row[1]), settings),
                )
            )

    def add(self, runs: Iterable[Run]) -> None:
        """Plan runs; those that are there already stay as they are.

        Raises:
            LedgerError: A run's variant was never registered.
            TaskError: A run's task was never registered.
        """
        now = time.time()
        prints = dict(self._execute("SELECT variant, fingerprint FROM variants"))
        rows = []
        for run in runs:
            if run.variant not in prints:
                raise LedgerError(f"Variant {run.variant!r} of {run} was never registered.")
            rows.append((*self.key(run), prints[run.variant], now))
        with transaction(self._connection, self.path, durable=True):
            self._connection.executemany(
                "INSERT OR IGNORE INTO runs (variant, tasks, seed, fingerprint, state, planned_at) "
                "VALUES (?, ?, ?, ?, 'planned', ?)",
                rows,
            )

    def canonical(self, run: Run) -> Run:
        """The run with its tasks in the ledger's order.

        Raises:
            TaskError: A task is unknown, or named twice.
        """
        places = [self._order.get(task, -1) for task in run.tasks]
        if -1 in places:
            check_known(run.tasks, tuple(self._order))
        if all(place < following for place, following in pairwise(places)):
            return run
        if len(set(places)) < len(places):
            raise TaskError(f"A run has each task once, got {'+'.join(run.tasks)}.")
        return replace(run, tasks=tuple(sorted(run.tasks, key=self._order.__getitem__)))

    def key(self, run: Run) -> tuple[str, str, int]:
        """The columns (variant, tasks, seed) that identify a run."""
        return run.variant, "+".join(self.canonical(run).tasks), run.seed

    def tasks(self) -> tuple[Task, ...]:
        """Tasks in the ledger's order."""
        rows = self._execute("SELECT name, higher_is_better FROM tasks ORDER BY position")
        return tuple(Task(name, bool(higher)) for name, higher in rows)

    def settings(self, variant: str = "") -> dict[str, object]:
        """Settings of a variant's runs; empty when it has none."""
        row = self._execute(
            "SELECT json FROM variants JOIN settings USING (fingerprint) WHERE variant = ?",
            (variant,),
        ).fetchone()
        return {} if row is None else json.loads(row[0])

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
        row = self._execute("SELECT looks FROM variants WHERE variant = ?", (variant,)).fetchone()
        return None if row is None or row[0] is None else tuple(json.loads(row[0]))

    def variants(self) -> tuple[str, ...]:
        """Variants that were registered, in alphabetical order; "" is the probe's own."""
        return tuple(row[0] for row in self._execute("SELECT variant FROM variants ORDER BY 1"))

    def states(self, variant: str = "") -> dict[Run, State]:
        """State of every run of a variant, in the order they were planned."""
        rows = self._execute(
            "SELECT tasks, seed, state FROM runs WHERE variant = ? ORDER BY id", (variant,)
        )
        return {Run(tuple(tasks.split("+")), seed, variant): state for tasks, seed, state in rows}

    def outcomes(self, variant: str = "") -> Iterator[Outcome]:
        """Outcomes of the finished runs of a variant, done and failed, in the order planned."""
        rows = self._execute(
            "SELECT tasks, seed, scores, error, wall_seconds, peak_memory_bytes, device, host, "
            "output FROM runs WHERE variant = ? AND state IN ('done', 'failed') ORDER BY id",
            (variant,),
        )
        while some := rows.fetchmany(ROWS_AT_ONCE):
            # One text for many rows: the start of the parser costs more than a row's scores.
            scores = json.loads(f"[{','.join(row[2] or 'null' for row in some)}]")
            for (tasks, seed, _, *rest), found in zip(some, scores, strict=True):
                yield Outcome(Run(tuple(tasks.split("+")), seed, variant), found, *rest)

    def record(self, outcome: Outcome, claimed_by: str | None = None) -> bool:
        """Write what came of a run; the death of this process cannot lose it any more.

        A power cut can lose what was written in the last half second: waiting for the disk after
        every run would take longer than a training of a few milliseconds itself.

        Args:
            outcome: Of a run that was added.
            claimed_by: Whose claim it was, when it was claimed.

        Returns:
            False when the run was done already; the first scores stay.

        Raises:
            LedgerError: The run was never added, or the disk is full.
        """
        scores = None if outcome.scores is None else json.dumps(dict(outcome.scores))
        key = self.key(outcome.run)
        durable = time.monotonic() - self._reached_disk > SYNC_SECONDS
        with transaction(self._connection, self.path, durable=durable):
            changed = self._execute(
                "UPDATE runs SET state = ?, scores = ?, error = ?, wall_seconds = ?, "
                "peak_memory_bytes = ?, device = ?, host = ?, output = ?, finished_at = ?, "
                "claimed_by = NULL, attempts = attempts + (? IS NULL) "
                "WHERE variant = ? AND tasks = ? AND seed = ? AND state != 'done'",
                (
                    "failed" if scores is None else "done",
                    scores,
                    outcome.error,
                    outcome.wall_seconds,
                    outcome.peak_memory_bytes,
                    outcome.device,
                    outcome.host,
                    outcome.output,
                    time.time(),
                    claimed_by,
                    *key,
                ),
            ).rowcount
        if durable:
            self._reached_disk = time.monotonic()
        if not changed and self.state(outcome.run) is None:
            raise LedgerError(f"{outcome.run} is not in the ledger `{self.path}`. Add it first.")
        return bool(changed)

    def state(self, run: Run) -> State | None:
        """State of one run; None when it was never added."""
        row = self._execute(
            "SELECT state FROM runs WHERE variant = ? AND tasks = ? AND seed = ?", self.key(run)
        ).fetchone()
        return None if row is None else row[0]

    def _execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        return self._connection.execute(statement, values)


def _text(settings: Mapping[str, object]) -> str:
    """Settings as text that is equal for equal settings."""
    try:
        return canonical_json(settings)
    except (TypeError, ValueError) as error:
        raise LedgerError(
            f"`settings` must be JSON values, so that they can be compared ({error})."
        ) from error
