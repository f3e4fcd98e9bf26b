"""`gradsplit plan TASKSET`: the runs of a probe and what they cost, before anything is spent."""

from dataclasses import dataclass, replace
from pathlib import Path

from gradsplit.commands.probing import ProbeOptions, measured_cost


@dataclass(kw_only=True)
class Plan(ProbeOptions):
    """Show the runs of a probe and their cost, measured on a few steps; trains nothing else."""

    out: str | None = None
    """A probe's folder: what is done there already is not counted again."""
    measure: int = 5
    """Steps to measure a run's cost with; 0 measures nothing."""

    def run(self) -> int:
        """Print the plan."""
        probe = self.probe(Path(self.out) if self.out else None)
        plan = probe.plan()
        if self.command is None and self.measure > 0:
            plan = replace(plan, cost=measured_cost(self.taskset_trainer(), self.measure))
        print(plan)
        return 0
