"""The ledger: every run of a probe, done or not, in one SQLite file."""

import json
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from relations.errors import LedgerError, TaskError
from relations.ledger.companion import damaged, move_in
from relations.ledger.curve_table import note_loss_curves, noted_loss_curves
from relations.ledger.registered import Registered
from relations.ledger.schema import as_ledger_errors, connect, transaction
from relations.ledger.side_table import note_side_scores, noted_side_scores
from relations.loss_curves import LossCurve
from relations.runs import Outcome, Run
from relations.side_scores import side_scores
from relations.tasks import check_known

State = Literal["planned", "running", "done", "failed"]
ROWS_AT_ONCE = 1000
MOST = sys.float_info.max
SYNC_SECONDS = 0.5  # how long a finished run may wait for the disk itself


class Ledger(Registered):
    """Every run, its scores and what it cost; many processes may write at once, others read.

    A run's identity is its set of tasks, its seed and its variant; tasks are kept in the order in
    which the ledger learnt them. All runs of a variant carry one settings fingerprint; what can be
    said and asked of those is in `relations.ledger.registered`.

    Args:
        path: The SQLite file; made when it is not there.
        read_only: Only look; the file must be there.

    Raises:
        LedgerError: The file is missing (when only read), is no ledger or of another version.

    Example:
        >>> import tempfile, pathlib
        >>> from relations.tasks import Task
        >>> with Ledger(pathlib.Path(tempfile.mkdtemp()) / "probe.db") as ledger:
        ...     digest = ledger.register([Task("pose"), Task("reid")], {"steps": 100})
        ...     ledger.add([Run(("reid", "pose"), 0)])
        ...     print(ledger.states())
        {Run(tasks=('pose', 'reid'), seed=0, variant=''): 'planned'}
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        super().__init__(Path(path), connect(Path(path), create=not read_only))
        self._reached_disk = 0.0

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

    def add(self, runs: Iterable[Run]) -> None:
        """Plan runs; those that are there already stay as they are.

        Raises:
            LedgerError: A run's variant was never registered.
            TaskError: A run's task was never registered.
        """
        now = time.time()
        prints = dict(self._rows("SELECT variant, fingerprint FROM variants"))
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
        move_in(self._connection)

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

    def states(self, variant: str = "") -> dict[Run, State]:
        """State of every run of a variant, in the order they were planned."""
        rows = self._rows(
            "SELECT tasks, seed, state FROM runs WHERE variant = ? ORDER BY id", (variant,)
        )
        return {self._run(tasks, seed, variant): state for tasks, seed, state in rows}

    def counts(self) -> dict[str, Counter[State]]:
        """How many runs are in each state, of every variant that has any."""
        found: dict[str, Counter[State]] = {}
        rows = self._rows("SELECT variant, state, count(*) FROM runs GROUP BY 1, 2 ORDER BY 1")
        for variant, state, count in rows:
            found.setdefault(variant, Counter())[state] = count
        return found

    def claims(self, variant: str = "") -> list[tuple[Run, float, tuple[str, int, str, float]]]:
        """Runs under way: since when, and what `Pulses` knows their claimants by."""
        rows = self._rows(
            "SELECT tasks, seed, coalesce(started_at, planned_at), coalesce(host, ''), "
            "coalesce(pid, 0), coalesce(process_start, ''), coalesce(heartbeat, 0.0) FROM "
            "(SELECT id, tasks, seed, started_at, planned_at, claimed_by FROM runs "
            "WHERE variant = ? AND state = 'running') AS held "
            "LEFT JOIN claimants ON claimed_by = claimants.id ORDER BY held.id",
            (variant,),
        )
        return [(self._run(tasks, seed, variant), at, tuple(who)) for tasks, seed, at, *who in rows]

    def last_finish(self, variant: str = "") -> float | None:
        """When a run of a variant finished last, in seconds since 1970."""
        (row,) = self._rows("SELECT max(finished_at) FROM runs WHERE variant = ?", (variant,))
        return row[0]

    def finished(self) -> tuple[Run, ...]:
        """The runs of all variants that are done."""
        states = [item for variant in self.variants() for item in self.states(variant).items()]
        return tuple(run for run, state in states if state == "done")

    def _run(self, tasks: str, seed: int, variant: str) -> Run:
        """The run of a row.

        Raises:
            LedgerError: A task of it was never registered.
        """
        run = Run(tuple(tasks.split("+")), seed, variant)
        if not self._order.keys() >= set(run.tasks):
            raise damaged(self.path, f"{run} is of tasks that it does not know")
        return run

    def outcomes(self, variant: str = "") -> Iterator[Outcome]:
        """Outcomes of the finished runs of a variant, done and failed, in the order planned."""
        rows = self._execute(
            "SELECT tasks, seed, scores, error, wall_seconds, peak_memory_bytes, device, host, "
            "output FROM runs WHERE variant = ? AND state IN ('done', 'failed') ORDER BY id",
            (variant,),
        )
        side = noted_side_scores(self._execute, variant)
        while some := self._some(rows):
            # One text for many rows: the start of the parser costs more than a row's scores.
            scores = self._parsed(f"[{','.join(row[2] or 'null' for row in some)}]", list)
            if len(scores) != len(some):
                raise damaged(self.path, "the scores of a run are no JSON")
            for (tasks, seed, _, *rest), found in zip(some, scores, strict=True):
                run = self._run(tasks, seed, variant)
                if found is not None and not _are_scores(found, run):
                    raise damaged(self.path, f"the scores of {run} are {found!r}")
                beside = side_scores(run, side.get((tasks, seed), {}))
                yield Outcome(run, found, *rest, side=beside)

    def loss_curves(self, variant: str = "") -> dict[Run, dict[str, LossCurve]]:
        """How the trainings of a variant went, of the runs of which that is known, by task."""
        return {
            self._run(tasks, seed, variant): curves
            for tasks, seed, curves in noted_loss_curves(self._execute, variant)
        }

    def _some(self, rows: sqlite3.Cursor) -> list[Any]:
        """Some more rows; empty after the last."""
        with as_ledger_errors(self.path):
            return rows.fetchmany(ROWS_AT_ONCE)

    def record(
        self,
        outcome: Outcome,
        claimed_by: str | None = None,
        versions: Mapping[str, str] | None = None,
    ) -> bool:
        """Write what came of a run; the death of this process cannot lose it any more.

        A power cut can lose what was written in the last half second: waiting for the disk after
        every run would take longer than a training of a few milliseconds itself.

        Args:
            outcome: Of a run that was added.
            claimed_by: Whose claim it was, when it was claimed.
            versions: What it was trained with, when that is known.

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
                "claimed_by = NULL, attempts = attempts + (? IS NULL), versions = ? "
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
                    None if versions is None else json.dumps(versions),
                    *key,
                ),
            ).rowcount
            if changed:
                note_side_scores(self._execute, key, outcome.side)
                note_loss_curves(self._execute, key, outcome.curves)
        if durable:
            self._reached_disk = time.monotonic()
        if not changed and self.state(outcome.run) is None:
            raise LedgerError(f"{outcome.run} is not in the ledger `{self.path}`. Add it first.")
        return bool(changed)

    def note_side(self, run: Run, side: Mapping[str, float]) -> None:
        """Note further side scores of a finished run; those that it has of other names stay.

        Args:
            run: Which.
            side: By names such as "reid@on night"; what is no finite number is left out.

        Raises:
            LedgerError: The run is not done.
        """
        if self.state(run) != "done":
            raise LedgerError(f"{run} is not done in `{self.path}`, so it has no side scores.")
        key = self.key(run)
        with transaction(self._connection, self.path, durable=True):
            held = noted_side_scores(self._execute, run.variant).get(key[1:], {})
            note_side_scores(self._execute, key, {**held, **side_scores(run, side)})

    def state(self, run: Run) -> State | None:
        """State of one run; None when it was never added."""
        rows = self._rows(
            "SELECT state FROM runs WHERE variant = ? AND tasks = ? AND seed = ?", self.key(run)
        )
        return rows[0][0] if rows else None


def _are_scores(found: Any, run: Run) -> bool:
    """Whether a row holds one finite number for each of its tasks, as `record` is given them."""
    return (
        type(found) is dict
        and found.keys() == set(run.tasks)
        and all(type(score) in (float, int) and abs(score) <= MOST for score in found.values())
    )
