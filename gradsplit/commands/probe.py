"""`gradsplit probe TASKSET --out DIR`: train every task alone and next to every other."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.probing import ExecutorOptions, ProbeOptions
from gradsplit.commands.relations import described

if TYPE_CHECKING:
    from relations import ChangeMatrix, PairwiseProbe
    from relations.executors import Executor

SOME_FAILED = 1
"""Exit code when trainings failed or are missing; the others' results are kept."""


@dataclass(kw_only=True)
class Probe(ProbeOptions, ExecutorOptions):
    """Measure who harms whom. Call it again after a stop: only what is missing is trained."""

    out: str
    """The probe's folder; holds the ledger of all runs."""
    collect: str | None = None
    """Train nothing; take the scores of runs trained elsewhere from this folder, where the commands
    of `gradsplit plan --commands FOLDER` write them."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Train what is missing and print the relations."""
        from relations import RelationGraph
        from relations.movement import movement

        folder = Path(self.out)
        probe, shorter = self.probe(folder), self.shorter_probes(folder)
        place = self.place()
        folder.mkdir(parents=True, exist_ok=True)
        if self.collect is not None:
            print(f"{len(probe.collect(self.collect))} runs collected from {self.collect}")
            changes = probe.changes()
        else:
            changes = self._trained(probe, place)
        print(described(changes, RelationGraph.from_changes(changes)))
        for steps, other in shorter.items():
            first = self._trained(other, place)
            print(f"\nfrom {steps} to {self.step_counts()[-1]} steps: {movement(first, changes)}")
        plan = probe.plan()
        print(f"\nledger: {folder}; next: gradsplit heatmap|graph|mask {folder} --out FILE")
        if plan.failed:
            print(f"{len(plan.failed)} runs failed; `gradsplit status {folder}` says why")
        return SOME_FAILED if plan.missing else 0

    def _trained(self, probe: "PairwiseProbe", place: "Executor") -> "ChangeMatrix":
        """Train what is missing of one probe."""
        if not self.quiet:
            print(f"{probe.plan()}\n")
        return probe.run(place, progress=not self.quiet)
