"""The pairwise probe: plan, train what is missing, and give the change matrix."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from relations.change import ChangeMatrix
from relations.claims import Claimant
from relations.errors import RelationsError
from relations.executors import Executor, executor_named
from relations.fingerprint import library_versions
from relations.ledger import Ledger
from relations.plan import Cost, Plan, pairwise_runs
from relations.runs import Run, Trainer
from relations.tasks import Task, check_unique, names

POLL_SECONDS = 1.0  # how often to look whether another probe has finished what we wait for


class PairwiseProbe:
    """Trains every task alone and every pair together, and never the same run twice.

    Args:
        tasks: The tasks (or names of higher-is-better ones), in the order of every matrix.
        train: `train(tasks, seed) -> {task: score}`. Picklable for worker processes. If it has
            `settings()`, that names everything its scores depend on.
        seeds: Seeds of every run.
        ledger: The ledger's file; made when it is not there.
        settings: Everything that changes a score, as JSON values, when `train` has no `settings()`.
            Versions of Python, torch and numpy are added.
        variant: Name of these runs in the ledger; "" for a probe's ordinary ones.

    Raises:
        TaskError: Task names are doubled or unusable.
        RelationsError: There are no tasks or no seeds, or a seed is doubled.

    Example:
        >>> import tempfile
        >>> def train(tasks, seed):
        ...     return {task: 0.8 - 0.02 * (len(tasks) - 1) + 0.001 * seed for task in tasks}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     probe = PairwiseProbe(["pose", "reid"], train, range(3), f"{folder}/p.db")
        ...     changes = probe.run()
        ...     len(probe.plan().done), round(float(changes.mean[0, 1]), 4)
        (9, -0.025)
    """

    def __init__(
        self,
        tasks: Sequence[Task | str],
        train: Trainer,
        seeds: Iterable[int] = range(5),
        ledger: str | Path = "probe.db",
        settings: Mapping[str, object] | None = None,
        *,
        variant: str = "",
    ) -> None:
        self.tasks = tuple(task if isinstance(task, Task) else Task(task) for task in tasks)
        check_unique(names(self.tasks))
        self.train = train
        self.seeds = tuple(int(seed) for seed in seeds)
        self.ledger = Path(ledger)
        self.variant = variant
        self._settings = settings
        if not self.tasks:
            raise RelationsError("A probe needs at least one task, got none.")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise RelationsError(
                f"`seeds` must name each seed once and at least one, got {list(self.seeds)}."
            )

    def settings(self) -> dict[str, object]:
        """Everything the scores depend on, as it is written into the ledger."""
        if self._settings is not None:
            given = dict(self._settings)
        else:
            describe: Callable[[], Mapping[str, object]] = getattr(self.train, "settings", dict)
            given = dict(describe())
        return {"libraries": library_versions(), **given}

    def plan(self, cost: Cost | None = None) -> Plan:
        """Runs, done and missing; nothing is trained and nothing is written.

        Args:
            cost: What one run costs, when measured; otherwise it is taken from finished runs.
        """
        runs = tuple(pairwise_runs(self.tasks, self.seeds, self.variant))
        if not self.ledger.is_file():
            return Plan(names(self.tasks), self.seeds, runs, cost=cost)
        with Ledger(self.ledger, read_only=True) as ledger:
            # The ledger may know the tasks in another order, or not all of them yet.
            states = {_unordered(run): state for run, state in ledger.states(self.variant).items()}
            cost = cost or _cost_so_far(ledger, self.variant)
        found = [(run, states.get(_unordered(run))) for run in runs]
        return Plan(
            names(self.tasks),
            self.seeds,
            runs,
            done=tuple(run for run, state in found if state == "done"),
            failed=tuple(run for run, state in found if state == "failed"),
            cost=cost,
        )

    def run(
        self,
        executor: str | Executor = "in-process",
        *,
        workers: int | None = None,
        progress: bool = True,
        retry_failed: bool = True,
    ) -> ChangeMatrix:
        """Train what is missing and give the change matrix; call it again after a crash.

        A run that fails is recorded as failed and the others go on; its edges are unknown.

        Args:
            executor: "in-process", "processes", "ray", or an object with `outcomes(train, runs)`.
            workers: How many runs at once, for "processes" and "ray".
            progress: Show finished runs and the time left, if this is a terminal.
            retry_failed: Try runs again that failed in an earlier call.

        Raises:
            LedgerError: The ledger cannot be used, or holds runs of other settings.
            ScoreError: A metric is zero or of mixed sign, so that changes have no meaning.
        """
        place = executor_named(executor, workers)
        with Ledger(self.ledger) as ledger:
            ledger.register(self.tasks, self.settings(), self.variant)
            runs = pairwise_runs(self.tasks, self.seeds, self.variant)
            ledger.add(runs)
            with Claimant(ledger, retry_failed=retry_failed) as claimant:
                train_missing(self.train, runs, place, ledger, claimant, progress=progress)
        return self.changes()

    def changes(self) -> ChangeMatrix:
        """The change matrix of the runs that are finished so far.

        Raises:
            LedgerError: Nothing was run yet.
        """
        seeds = set(self.seeds)
        with Ledger(self.ledger, read_only=True) as ledger:
            finished = [run for run in ledger.outcomes(self.variant) if run.run.seed in seeds]
        return ChangeMatrix.from_runs(self.tasks, finished, origin=str(self.ledger))


def train_missing(
    train: Trainer,
    runs: Sequence[Run],
    place: Executor,
    ledger: Ledger,
    claimant: Claimant,
    *,
    progress: bool,
) -> None:
    """Train the runs that are not done, and wait for those another probe is at.

    Args:
        train: The trainer.
        runs: Runs that were added to the ledger.
        place: Where to train.
        ledger: The ledger.
        claimant: This probe's claims on it.
        progress: Show progress, if this is a terminal.
    """
    from tqdm import tqdm

    keyed = {ledger.key(run): ledger.canonical(run) for run in runs}
    done = {ledger.key(run) for run, state in _states(ledger, runs).items() if state == "done"}
    waiting = [run for key, run in keyed.items() if key not in done]
    silent = not progress or not sys.stderr.isatty()
    with tqdm(total=len(keyed), initial=len(done), unit="run", disable=silent) as bar:
        while waiting:
            claimant.recover()
            busy: list[Run] = []
            for outcome in place.outcomes(train, claimant.claimed(waiting, busy)):
                claimant.record(outcome)
                bar.set_postfix_str(str(outcome.run))
                bar.update()
            if len(busy) == len(waiting):
                time.sleep(POLL_SECONDS)
            waiting = busy
        bar.update(bar.total - bar.n)


def _states(ledger: Ledger, runs: Sequence[Run]) -> dict[Run, str]:
    """States of the runs' variants."""
    variants = {run.variant for run in runs}
    return {run: state for variant in variants for run, state in ledger.states(variant).items()}


def _unordered(run: Run) -> tuple[frozenset[str], int]:
    """A run's identity within its variant, whatever the order of its tasks."""
    return frozenset(run.tasks), run.seed


def _cost_so_far(ledger: Ledger, variant: str) -> Cost | None:
    """Mean wall time by number of tasks, and the most memory, of finished runs."""
    seconds: dict[int, list[float]] = {}
    memory = []
    for outcome in ledger.outcomes(variant):
        if outcome.scores is None or outcome.wall_seconds is None:
            continue
        seconds.setdefault(len(outcome.run.tasks), []).append(outcome.wall_seconds)
        memory.append(outcome.peak_memory_bytes or 0)
    if not seconds:
        return None
    means = {size: sum(values) / len(values) for size, values in seconds.items()}
    count = sum(map(len, seconds.values()))
    return Cost(means, max(memory) or None, measured_on=f"{count} finished runs")
