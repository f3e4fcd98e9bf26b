"""`gradsplit probe TASKSET --out DIR`: train every task alone and next to every other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradsplit.commands.probing import ProbeOptions
from gradsplit.commands.relations import described

SOME_FAILED = 1
"""Exit code when trainings failed; the others' results are kept."""


@dataclass(kw_only=True)
class Probe(ProbeOptions):
    """Measure who harms whom. Call it again after a stop: only what is missing is trained."""

    out: str
    """The probe's folder; holds the ledger of all runs."""
    executor: Literal["in-process", "processes"] = "in-process"
    """Where runs happen: in this process, or in worker processes."""
    workers: int | None = None
    """How many runs at once in worker processes; as many as cores when not given."""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Train what is missing and print the relations."""
        from relations import RelationGraph

        folder = Path(self.out)
        folder.mkdir(parents=True, exist_ok=True)
        probe = self.probe(folder)
        if not self.quiet:
            print(probe.plan())
        changes = probe.run(executor=self.executor, workers=self.workers, progress=not self.quiet)
        print(described(changes, RelationGraph.from_changes(changes)))
        failed = probe.plan().failed
        print(f"\nledger: {folder}; next: gradsplit heatmap|graph|mask {folder} --out FILE")
        for run in failed:
            print(f"failed: {run}; `gradsplit status {folder}` says why")
        return SOME_FAILED if failed else 0
