"""Runs of several ways of training, through one ledger and one executor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relations.errors import RunFailedError, all_problems
from relations.executors import Executor, executor_named
from relations.identified_training import IdentifiedTraining
from relations.ledger.changed_code import Taken
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger
from relations.running.failures import failure_lines, where_more
from relations.running.train_missing import train_missing
from relations.running.unfinished import can_go_on, keeping_in, settled
from relations.runs import Outcome, Run, Trainer
from relations.side_scores import scored
from relations.tasks import Task
from relations.watch.declared import Declared


@dataclass(frozen=True)
class ByVariant:
    """A trainer that asks the trainer of a run's variant.

    Attributes:
        trainers: Variant -> `train(tasks, seed) -> {task: score}`.
    """

    trainers: Mapping[str, Trainer]

    def __call__(self, tasks: tuple[str, ...], seed: int) -> Mapping[str, float]:
        """Train a run of the probe's own variant."""
        return self.trainers[""](tasks, seed)

    @property
    def goes_on(self) -> bool:
        """See `relations.running.unfinished`: where all of them do."""
        return all(map(can_go_on, self.trainers.values()))

    def keeping(self, folder: Path, code: str) -> "ByVariant":  # noqa: ARG002 - of all together
        """See `relations.running.unfinished`."""
        return ByVariant(
            {variant: keeping_in(folder, train) for variant, train in self.trainers.items()}
        )

    def settled(self, run: Run) -> None:
        """See `relations.running.unfinished`."""
        settled(self.trainers[run.variant], run)

    def check_here(self) -> None:
        """Ask all of them; see `relations.executors.check_here`."""
        for train in self.trainers.values():
            getattr(train, "check_here", lambda: None)()

    def outcome(self, run: Run) -> Outcome:
        """Train one run of any variant."""
        train = self.trainers[run.variant]
        detailed = getattr(train, "outcome", None)
        if detailed is not None:
            return detailed(run)
        return scored(run, train(run.tasks, run.seed))


def train_runs(
    trainers: Mapping[str, Trainer],
    tasks: Sequence[Task],
    runs: Sequence[Run],
    ledger: str | Path,
    *,
    executor: str | Executor = "in-process",
    workers: int | None = None,
    progress: bool = True,
    settings: Mapping[str, object] | None = None,
    depends: Sequence[str | Path] = (),
    accept_changed_code: bool = False,
    tell: Callable[[Taken], None] = lambda taken: None,  # noqa: ARG005
) -> list[Outcome]:
    """Train the runs that the ledger does not hold yet, and give the outcomes of all.

    For joint runs of several methods beside a probe's own runs: each method is a variant with
    settings of its own. All of them go through the same workers, so that what a worker loads once
    serves all.

    Args:
        trainers: Variant -> `train(tasks, seed) -> {task: score}`; "" is the probe's own. The
            method `settings() -> dict` of each says what its scores depend on.
        tasks: All tasks of the ledger, with their directions.
        runs: What to train.
        ledger: The ledger's file; made when it is not there.
        executor: See `relations.probe.PairwiseProbe.run`.
        workers: See there.
        progress: See there.
        settings: See `relations.probe.PairwiseProbe`; of all variants.
        depends: See there.
        accept_changed_code: See there.
        tell: Told which of the runs are taken from the ledger.

    Returns:
        One outcome for each run, in the order of `runs`; failed ones with their error.

    Raises:
        LedgerError: The ledger holds runs of a variant made with other settings.

    Example:
        >>> import tempfile
        >>> def even(tasks, seed):
        ...     return {task: 0.5 for task in tasks}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     runs = [Run(("pose", "reid"), 0, "even")]
        ...     tasks = [Task("pose"), Task("reid")]
        ...     train_runs({"even": even}, tasks, runs, f"{folder}/p.db")[0].scores
        {'pose': 0.5, 'reid': 0.5}
    """
    declared = Declared(settings or {}, tuple(depends), accept_changed_code)
    with Ledger(ledger) as book:
        known: list[Taken] = []
        for variant, train in trainers.items():
            training = IdentifiedTraining(train, variant, declared)
            known.append(training.known_code(book))
            training.register(book, tasks)
        tell(_taken(book, runs, known))
        book.add(runs)
        with Claimant(book, retry_failed=True) as claimant:
            chosen = executor_named(executor, workers)
            # A trainer by itself is handed over as it is: it may train runs together.
            alone = next(iter(trainers.values())) if len(trainers) == 1 else None
            train = alone or ByVariant(trainers)
            train_missing(train, runs, chosen, book, claimant, progress=progress)
        outcomes = {
            outcome.run.identity: outcome
            for variant in trainers
            for outcome in book.outcomes(variant)
        }
    return [outcomes[run.identity] for run in runs]


def _taken(book: Ledger, runs: Sequence[Run], known: Sequence[Taken]) -> Taken:
    """Which of some runs are finished, and what is known of the code of their variants."""
    finished = {
        (variant, *run): at
        for variant in {run.variant for run in runs}
        for run, at in book.trained(variant).items()
    }
    identities = dict.fromkeys(run.identity for run in runs)
    return Taken(
        [finished[run] for run in identities if run in finished],
        [line for taken in known for line in taken.accepted],
        any(taken.unknown for taken in known),
        next((taken.unseen for taken in known if taken.unseen), ""),
    )


def refuse_failed(
    outcomes: Sequence[Outcome],
    heading: str,
    ledger: str | Path | None = None,
    then: str = "",
) -> None:
    """Refuse to go on where trainings failed.

    Args:
        outcomes: Of finished runs.
        heading: What cannot be done without them.
        ledger: Where they are kept; the command that lists them is named.
        then: What to do, a last sentence.

    Raises:
        RunFailedError: Some failed; all of them at once, those of the same words as one.
    """
    lines = failure_lines(outcomes)
    if lines:
        more = where_more(ledger) + (f"\n{then}" if then else "")
        raise RunFailedError(all_problems(heading, lines) + more)
