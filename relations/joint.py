"""Any runs of one way of training, through the same ledger and executors as a probe's."""

from collections.abc import Sequence
from pathlib import Path

from relations.claims import Claimant
from relations.executors import Executor, executor_named
from relations.ledger import Ledger
from relations.probe import train_missing
from relations.runs import Outcome, Run, Trainer
from relations.tasks import Task


def train_runs(
    train: Trainer,
    tasks: Sequence[Task],
    runs: Sequence[Run],
    ledger: str | Path,
    *,
    executor: str | Executor = "in-process",
    workers: int | None = None,
    progress: bool = True,
) -> list[Outcome]:
    """Train the runs that the ledger does not hold yet, and give the outcomes of all.

    For joint runs of several methods: each method is a variant, with settings of its own.

    Args:
        train: `train(tasks, seed) -> {task: score}`, with a method `settings() -> dict`.
        tasks: All tasks of the ledger, with their directions.
        runs: What to train, all of one variant.
        ledger: The ledger's file; made when it is not there.
        executor: See `relations.probe.PairwiseProbe.run`.
        workers: See there.
        progress: See there.

    Returns:
        One outcome for each run, in the order of `runs`.

    Raises:
        LedgerError: The ledger holds runs of this variant made with other settings.

    Example:
        >>> import tempfile
        >>> class Same:
        ...     def __call__(self, tasks, seed):
        ...         return {task: 0.5 for task in tasks}
        ...     def settings(self):
        ...         return {"method": "same"}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     runs = [Run(("pose", "reid"), 0, "same")]
        ...     train_runs(Same(), [Task("pose"), Task("reid")], runs, f"{folder}/p.db")[0].scores
        {'pose': 0.5, 'reid': 0.5}
    """
    from relations.probe import PairwiseProbe

    variant = runs[0].variant
    probe = PairwiseProbe(tasks, train, ledger=ledger, variant=variant)
    with Ledger(ledger) as book:
        book.register(tasks, probe.settings(), variant)
        book.add(runs)
        with Claimant(book, retry_failed=True) as claimant:
            place = executor_named(executor, workers)
            train_missing(train, runs, place, book, claimant, progress=progress)
        found = {(frozenset(o.run.tasks), o.run.seed): o for o in book.outcomes(variant)}
    return [found[frozenset(run.tasks), run.seed] for run in runs]
