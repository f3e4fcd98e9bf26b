"""`gradsplit probe TASKSET --out DIR`: train every task alone and next to every other."""

from dataclasses import dataclass
from pathlib import Path

from gradsplit.commands.probing import ExecutorOptions, ProbeOptions
from gradsplit.commands.relations import described

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

        folder = Path(self.out)
        probe = self.probe(folder)
        place = self.place()
        folder.mkdir(parents=True, exist_ok=True)
        if self.collect is not None:
            print(f"{len(probe.collect(self.collect))} runs collected from {self.collect}")
            changes = probe.changes()
        else:
            if not self.quiet:
                print(f"{probe.plan()}\n")
            changes = probe.run(place, progress=not self.quiet)
        print(described(changes, RelationGraph.from_changes(changes)))
        plan = probe.plan()
        print(f"\nledger: {folder}; next: gradsplit heatmap|graph|mask {folder} --out FILE")
        if plan.failed:
            print(f"{len(plan.failed)} runs failed; `gradsplit status {folder}` says why")
        return SOME_FAILED if plan.missing else 0
