"""The pairwise probe: plan, train what is missing, and give the change matrix."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from relations.adaptive_seeds import first_runs, further_runs, most_runs
from relations.collected_scores import arrived
from relations.errors import RelationsError, RunFailedError
from relations.executors import Executor, executor_named
from relations.identified_training import IdentifiedTraining
from relations.ledger.changed_code import Taken
from relations.ledger.claims import Claimant
from relations.ledger.ledger import Ledger, State
from relations.plan import Cost, Plan, chosen_runs, cost_of, pairwise_runs
from relations.running.failures import where_more
from relations.running.train_missing import train_missing
from relations.runs import Outcome, Run, Trainer, failure_note
from relations.seeds import Seeds
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task, as_tasks, names
from relations.watch.declared import Declared


class PairwiseProbe:
    """Trains every task alone and every pair together, and never the same run twice.

    Args:
        tasks: The tasks (or names of higher-is-better ones), in the order of every matrix.
        train: `train(tasks, seed) -> {task: score}`. Picklable for worker processes. If it has
            `settings()`, that names everything its scores depend on; if `modernised(settings)`,
            that gives what its earlier releases wrote for the same training as it is written now.
        seeds: Seeds of every run, or `Seeds(3, 10)`: as many as an edge needs to be decided.
        ledger: The ledger's file; made when it is not there, its folder as well.
        settings: What changes a score and cannot be found in the code of `train`, such as options
            read from a file, as JSON values; beside what its `settings()` say. Major and minor
            versions of torch and numpy are added.
        variant: Name of these runs in the ledger; "" for a probe's ordinary ones.
        pairs: Only these pairs, in this order, after all single-task runs; the edges of the others
            stay unknown until they are probed. All pairs when None.
        depends: Files or folders whose content changes a score.
        accept_changed_code: Take runs of other code from the ledger as runs of this one, which is
            recorded there. Without it they are refused: see `docs/formats.md`.

    Raises:
        TaskError: Task names are doubled or unusable.
        RelationsError: There are no tasks or no seeds, a seed is doubled, or pairs are chosen
            while seeds are adaptive.

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
        seeds: Iterable[int] | Seeds = range(5),
        ledger: str | Path = "probe.db",
        settings: Mapping[str, object] | None = None,
        *,
        variant: str = "",
        pairs: Iterable[tuple[str, str]] | None = None,
        depends: Iterable[str | Path] = (),
        accept_changed_code: bool = False,
    ) -> None:
        self.tasks = as_tasks(tasks)
        self.train = train
        if isinstance(seeds, int):
            raise RelationsError(f"`seeds` must name the seeds, got {seeds}. Use range({seeds}).")
        self.seeds = seeds if isinstance(seeds, Seeds) else tuple(int(seed) for seed in seeds)
        self.ledger = Path(ledger)
        self.variant = variant
        self.pairs = None if pairs is None else tuple(pairs)
        self._declared = Declared(dict(settings or {}), tuple(depends), accept_changed_code)
        if not self.tasks:
            raise RelationsError("A probe needs at least one task, got none.")
        if isinstance(self.seeds, Seeds):
            if self.pairs is not None:
                raise RelationsError("Chosen pairs need a fixed number of seeds, not a range.")
            return
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise RelationsError(
                f"`seeds` must name each seed once and at least one, got {list(self.seeds)}."
            )

    def __repr__(self) -> str:
        seeds = self.seeds if isinstance(self.seeds, Seeds) else len(self.seeds)
        return f"PairwiseProbe({len(self.tasks)} tasks, seeds {seeds}, ledger '{self.ledger}')"

    def __str__(self) -> str:
        """Where the probe is kept, and how far it is."""
        try:
            return f"probe in {self.ledger}\n{self.plan()}"
        except RelationsError as refused:
            return f"probe in {self.ledger}, which cannot go on: {refused}"

    @property
    def training(self) -> IdentifiedTraining:
        """What is trained, with all that tells it from other trainings."""
        return IdentifiedTraining(self.train, self.variant, self._declared)

    def settings(self) -> dict[str, object]:
        """Everything the scores depend on, as it is written into the ledger."""
        return self.training.settings()

    def plan(self, cost: Cost | None = None) -> Plan:
        """Runs, done and missing; nothing is trained and nothing is written.

        Args:
            cost: What one run costs, when measured; otherwise it is taken from finished runs.

        Raises:
            LedgerError: The ledger's runs were made with other settings, and `run` would refuse it.
        """
        states: dict[tuple[frozenset[str], int], State] = {}
        outcomes: list[Outcome] = []
        known_code, trained = Taken(), {}
        if self.ledger.is_file():
            with Ledger(self.ledger, read_only=True) as ledger:
                known_code = self.training.known_code(ledger)
                trained = ledger.trained(self.variant)
                # The ledger may know the tasks in another order, or not all of them yet.
                states = {
                    _unordered(run): state for run, state in ledger.states(self.variant).items()
                }
                outcomes = list(ledger.outcomes(self.variant))
        runs = self._known_runs(states, outcomes)
        known = [(run, states.get(_unordered(run))) for run in runs]
        done = tuple(run for run, state in known if state == "done")
        return Plan(
            names(self.tasks),
            tuple(range(self.seeds.low)) if isinstance(self.seeds, Seeds) else self.seeds,
            tuple(runs),
            done=done,
            failed=tuple(run for run, state in known if state == "failed"),
            cost=cost or cost_of(outcomes),
            at_most=most_runs(self.tasks, self.seeds) if isinstance(self.seeds, Seeds) else None,
            taken=replace(known_code, trained=[trained[_unordered(run)] for run in done]),
        )

    def _known_runs(
        self, states: Mapping[tuple[frozenset[str], int], State], outcomes: Sequence[Outcome]
    ) -> list[Run]:
        """All runs of the looks that can be known from the runs that are finished."""
        runs: dict[Run, None] = {}
        for look in range(self._looks()):
            runs.update(dict.fromkeys(self._runs_of(look, outcomes)))
            if any(states.get(_unordered(run)) not in ("done", "failed") for run in runs):
                break
        return list(runs)

    def _made_ledger(self) -> Ledger:
        """The ledger; its folder is made with it."""
        self.ledger.parent.mkdir(parents=True, exist_ok=True)
        return Ledger(self.ledger)

    def register(self, ledger: Ledger) -> None:
        """Tell a ledger what the runs are made of.

        Raises:
            LedgerError: It holds runs of the variant that were made with other settings.
        """
        self.training.register(ledger, self.tasks)

    def _begin(self, ledger: Ledger) -> None:
        """Tell a ledger what the runs are made of, and when their edges are looked at."""
        self.register(ledger)
        ledger.set_looks(self.seeds.looks if isinstance(self.seeds, Seeds) else None, self.variant)

    def _looks(self) -> int:
        """How often the edges are looked at; once with fixed seeds."""
        return len(self.seeds.looks) if isinstance(self.seeds, Seeds) else 1

    def _runs_of(self, look: int, outcomes: Iterable[Outcome]) -> list[Run]:
        """The runs that a look needs, done ones included."""
        if not isinstance(self.seeds, Seeds):
            if self.pairs is not None:
                return chosen_runs(self.tasks, self.seeds, self.pairs, self.variant)
            return pairwise_runs(self.tasks, self.seeds, self.variant)
        if look == 0:
            return first_runs(self.tasks, self.seeds, self.variant)
        before = self.seeds.looks[look - 1]
        so_far = (outcome for outcome in outcomes if outcome.run.seed < before)
        return further_runs(self._matrix(so_far), self.seeds, look, self.variant)

    def run(
        self,
        executor: str | Executor = "in-process",
        *,
        workers: int | None = None,
        progress: bool = True,
        retry_failed: bool = True,
        tell: Callable[[Taken], None] | None = None,
    ) -> ChangeMatrix:
        """Train what is missing and give the change matrix; call it again after a crash.

        A run that fails is recorded as failed and the others go on; its edges are unknown.

        Args:
            executor: "in-process", "processes", "ray", or an object with `outcomes(train, runs)`.
            workers: How many runs at once, for "processes" and "ray".
            progress: Show finished runs and the time left on stderr, as a bar or as lines.
            retry_failed: Try runs again that failed in an earlier call.
            tell: Told what was taken from the ledger, if anything was; where None, that is written
                to stderr.

        Raises:
            LedgerError: The ledger cannot be used, or holds runs of other settings.
            RunFailedError: All runs failed.
        """
        chosen = executor_named(executor, workers)
        settings = self.settings()  # before the ledger is made: code may be slow to read
        with self._made_ledger() as ledger:
            unknown = ledger.is_unwatched(settings, self.variant)
            self._begin(ledger)
            if (taken := self.plan().taken).trained:
                (tell or _on_stderr)(replace(taken, unknown=unknown))
            with Claimant(ledger, retry_failed=retry_failed) as claimant:
                for look in range(self._looks()):
                    runs = self._runs_of(look, ledger.outcomes(self.variant))
                    ledger.add(runs)
                    train_missing(self.train, runs, chosen, ledger, claimant, progress=progress)
                    self._check_any_done(ledger)
        return self.changes()

    def _check_any_done(self, ledger: Ledger) -> None:
        """Refuse to go on when there are runs and all of them failed.

        Raises:
            RunFailedError: With the first error.
        """
        note = failure_note(names(self.tasks), outcomes := list(ledger.outcomes(self.variant)))
        if note and all(outcome.scores is None for outcome in outcomes):
            raise RunFailedError(f"No run gave scores. {note['']}{where_more(ledger.path)}")

    def collect(
        self, folder: str | Path, tell: Callable[[object], None] | None = None
    ) -> list[Run]:
        """Write the scores of runs that were trained elsewhere into the ledger.

        Args:
            folder: Where their files lie, named as `relations.collected_scores.scores_file` says.
            tell: Told what is not known of them; where None, that is written to stderr.

        Returns:
            The runs that had arrived; `plan()` says what is still missing.

        Raises:
            LedgerError: Scores, or the ledger's runs, were made with other settings or code.
        """
        plan = self.plan()
        outcomes, accepted = arrived(
            plan.missing,
            folder,
            self.settings(),
            accept_changed_code=self._declared.accept_changed_code,
            tell=tell or _on_stderr,
        )
        with self._made_ledger() as ledger:
            self._begin(ledger)
            ledger.add(plan.runs)
            recorded = [outcome.run for outcome in outcomes if ledger.record(outcome)]
            ledger.accept(self.variant, accepted)
        return recorded

    def changes(self) -> ChangeMatrix:
        """The change matrix of the runs that are finished so far.

        Raises:
            LedgerError: Nothing was run yet.
        """
        wanted = range(self.seeds.high) if isinstance(self.seeds, Seeds) else set(self.seeds)
        with Ledger(self.ledger, read_only=True) as ledger:
            return self._matrix(
                outcome for outcome in ledger.outcomes(self.variant) if outcome.run.seed in wanted
            )

    def _matrix(self, outcomes: Iterable[Outcome]) -> ChangeMatrix:
        """The change matrix of outcomes."""
        looks = self.seeds.looks if isinstance(self.seeds, Seeds) else None
        return ChangeMatrix.from_runs(self.tasks, outcomes, looks=looks, origin=str(self.ledger))


def _on_stderr(news: object) -> None:
    sys.stderr.write(f"{news}\n")


def _unordered(run: Run) -> tuple[frozenset[str], int]:
    """A run's identity within its variant, whatever the order of its tasks."""
    return frozenset(run.tasks), run.seed
