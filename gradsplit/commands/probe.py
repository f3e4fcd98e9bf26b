"""`gradsplit probe TASKSET --out DIR`: train every task alone and next to every other."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from gradsplit.commands.options.estimate import EstimateOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.probe import ProbeOptions
from gradsplit.commands.options.trail import RunTrailOptions, TrailOptions
from gradsplit.errors import GradSplitError, all_problems

if TYPE_CHECKING:
    from relations import ChangeMatrix, PairwiseProbe
    from relations.estimates.estimate import Estimate
    from relations.executors import Executor

SOME_FAILED = 1
"""Exit code when trainings failed or are missing; the others' results are kept."""


@dataclass(kw_only=True)
class Probe(ProbeOptions, EstimateOptions, ExecutorOptions, RunTrailOptions):
    """Measure who harms whom. Call it again after a stop: only what is missing is trained."""

    POSITION: ClassVar[int] = 220

    out: str
    """The probe's folder; holds the ledger of all runs."""
    collect: str | None = None
    """Train nothing; take the scores of runs trained elsewhere from this folder, where the commands
    of `gradsplit plan --commands FOLDER` write them."""
    budget: int | None = None
    """With --estimator: probe within so many trainings, all single-task runs first, then the pairs
    that the estimate suspects most. Pairs that are left out stay unknown."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Train what is missing and print the relations."""
        from gradsplit.studies.arguments import the_folder
        from gradsplit.studies.networks_beside import networks_held
        from relations import RelationGraph, movement
        from relations.running.failures import show_failures

        self._check_combination()
        folder = the_folder(self.out, make=False)
        if self.estimator is not None and self.budget is None:
            return self._only_estimate(folder)
        probe = self.probe(folder, self._pairs(folder), self._trail())
        shorter = self.shorter_probes(folder, self._trail())
        executor = self.chosen_executor()
        folder.mkdir(parents=True, exist_ok=True)
        changes = self._measured(probe, executor)
        print(RelationGraph.from_changes(changes))
        for steps, shorter_probe in shorter.items():
            first = self._measured(shorter_probe, executor)
            print(f"\nfrom {steps} to {self.step_counts()[-1]} steps: {movement(first, changes)}")
        plan = probe.plan()
        print(f"\nledger: {folder}; next: gradsplit heatmap|graph|mask {folder} --out FILE")
        if self.keep_networks:
            print(networks_held(probe.ledger))
        if plan.failed:
            failed = "1 run" if len(plan.failed) == 1 else f"{len(plan.failed)} runs"
            print(f"{failed} failed; `{show_failures(probe.ledger)}` says why")
        missing = [
            *plan.missing,
            *(run for each in shorter.values() for run in each.plan().missing),
        ]
        return SOME_FAILED if missing else 0

    def _check_combination(self) -> None:
        """Refuse options that exclude each other, all of them at once.

        Raises:
            GradSplitError: With what to give instead.
        """
        problems = []
        if self.budget is not None and self.estimator is None:
            problems.append("`--budget` needs --estimator, which says which pairs come first.")
        if self.estimator is not None and self.collect is not None:
            problems.append("`--collect` trains nothing, but an estimator trains joint runs.")
        if self.estimator is not None and self.command is not None:
            problems.append(
                "`--estimator` looks into the training of a task set; a program given by --command "
                "can only be probed."
            )
        if self.estimator is not None and self.taskset and self.tasks is not None:
            problems.append("`--estimator` looks at all tasks of a task set; leave out --tasks.")
        if (given := self.given_trail()) and (self.collect or self.command) is not None:
            problems.append(f"{', '.join(given)}: nothing is trained here that could be recorded.")
        if self.keep_networks and self.estimator is not None and self.budget is None:
            problems.append(
                "`--keep-networks`: an estimate has no runs; give --budget for a probe."
            )
        if self.budget is not None and len(self.step_counts()) > 1:
            problems.append("`--budget` is for one number of --steps.")
        if problems:
            raise GradSplitError(all_problems("These options do not go together", problems))

    def _only_estimate(self, folder: Path) -> int:
        """Estimate the relations instead of probing them, and print them."""
        from relations import Cut, estimate_graph
        from relations.estimates.estimate_file import estimate_name

        guess = self._estimate(folder)
        print(estimate_graph(guess, Cut()))
        file = folder / estimate_name(guess.estimator)
        print(f"\nwritten: {file}; next: gradsplit relations|heatmap|graph|mask {file}")
        return 0

    def _pairs(self, folder: Path) -> "tuple[tuple[str, str], ...] | None":
        """The pairs that the budget reaches for; None for all."""
        from relations import Seeds, triage
        from relations.seeds import parse_seeds

        if self.budget is None:
            return None
        seeds = parse_seeds(self.seeds)
        if isinstance(seeds, Seeds):
            raise GradSplitError(f"`--budget` needs a fixed number of --seeds, got {self.seeds}.")
        guess = self._estimate(folder)
        spent = triage(guess, self.budget, len(seeds), spent=guess.runs)
        print(f"{guess}\n\nbudget of {self.budget} trainings: {spent}\n")
        return spent.pairs

    def _estimate(self, folder: Path) -> "Estimate":
        trail = TrailOptions.trail(self)
        return self.estimate(self.load(), folder, self.device, self.chosen_executor(), trail)

    def _trail(self) -> dict[str, Any]:
        """What is recorded beside scores; nothing of a program."""
        return {} if self.command is not None else self.trail()

    def _measured(self, probe: "PairwiseProbe", executor: "Executor") -> "ChangeMatrix":
        """Collect or train what is missing of a probe."""
        from gradsplit.studies.networks_beside import planned_networks
        from gradsplit.studies.variant_runs import unheard

        if self.collect is not None:
            print(f"{len(probe.collect(self.collect, print))} runs collected from {self.collect}")
            return probe.changes()
        if not self.quiet:
            print(f"{probe.plan()}\n")  # which says what is taken from the ledger
            if self.keep_networks:
                print(f"{planned_networks(probe)}\n")
        return probe.run(executor, progress=not self.quiet, tell=print if self.quiet else unheard)
