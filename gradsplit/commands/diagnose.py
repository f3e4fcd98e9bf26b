"""`gradsplit diagnose TASKSET --out DIR`: why edges are harmful, and what helps."""

from dataclasses import dataclass
from typing import ClassVar

from gradsplit.commands.options.declared import DeclaredOptions
from gradsplit.commands.options.executor import ExecutorOptions
from gradsplit.commands.options.fraction import Fraction
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.pairs import read_pairs
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.task_set import TaskSetOptions
from gradsplit.commands.options.trail import RunTrailOptions


@dataclass(kw_only=True)
class Diagnose(
    SizeOptions, TaskSetOptions, ExecutorOptions, KindOptions, DeclaredOptions, RunTrailOptions
):
    """Find out why tasks are harmed, by training each pair with one possible cause taken away.

    Runs that a probe has left in the folder are used again; call it again after a stop.
    """

    POSITION: ClassVar[int] = 240

    out: str
    """Folder of the probe's ledger, the tables, the pictures and the mask."""
    edges: str | None = None
    """source:target,... ; when not given all edges whose mean change is harmful, and undecided ones
    with a loss."""
    seeds: int = 5
    """How often each run is trained."""
    threshold: Fraction = -0.01
    """A change below this fraction of the single-task score is harmful; in (-1, 0]."""
    stages: str | None = None
    """The trunk's modules from first to last, joined by commas; its direct children when not
    given."""
    sweep: bool = False
    """Train each pair with weights of 0.1, 0.3 and 3 of the source's loss as well, three more pair
    runs a seed and edge: does some weight make the source harmless?"""
    quiet: bool = False
    """Show no progress."""

    def run(self) -> int:
        """Diagnose, print and write what was found."""
        from gradsplit.studies.diagnosis.diagnose import diagnose
        from gradsplit.studies.diagnosis.diagnosed import MASK_NAME

        found = diagnose(
            self.load(),
            None if self.edges is None else read_pairs([self.edges], "edges"),
            self.out,
            seeds=self.seeds,
            threshold=self.threshold,
            stages=None if self.stages is None else self.stages.split(","),
            sweep=self.sweep,
            executor=self.chosen_executor(),
            device=self.device,
            progress=not self.quiet,
            **self.trail(),
            tell=print,
            **self.kinds(),
            **vars(self.declared()),
        )
        if not found.diagnoses:
            return 0
        found.save(**self.size())
        if found.mask is not None:
            modules = ", ".join(found.modules)
            print(f"\nwritten: {found.folder}/{MASK_NAME}, for the modules {modules}")
        print(f"\nwritten: {found.folder}/diagnosis.txt, .json and pictures")
        return 0
