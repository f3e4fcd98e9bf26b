"""The masks of a comparison: from a file, from a relation somebody has, or measured here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.commands.relations import described
from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from gradsplit.commands.compare import Compare
    from gradsplit.training.taskset import TaskSet
    from relations import ChangeMatrix, GradientMask, RelationGraph


@dataclass
class Masks:
    """`masks(threshold, relation)`; what is measured is measured once, when it is first asked for.

    Attributes:
        options: Of the command.
        taskset: What is trained.
        folder: Of the comparison.
    """

    options: "Compare"
    taskset: "TaskSet"
    folder: Path
    _measured: "ChangeMatrix | None" = field(default=None, init=False)

    def __call__(self, threshold: float | None, relation: str | None) -> "GradientMask":
        """The mask of a relation at a threshold; the options' own where None.

        Raises:
            GradSplitError: A threshold is asked of a mask file.
            RelationsError: The relation cannot be read.
        """
        from relations import GradientMask
        from relations.sources import load_changes

        if relation is None and self.options.mask is not None:
            if threshold is not None:
                raise GradSplitError(
                    "A mask file has one threshold: leave `--mask` out, or the method's threshold."
                )
            return GradientMask.load(self.options.mask)
        changes = self._probed() if relation is None else load_changes(relation)
        at = self.options.threshold if threshold is None else threshold
        return GradientMask.from_graph(
            self._graph(changes, at),
            undecided=self.options.undecided,
            provenance={"source": relation or str(self.folder)},
        )

    def _graph(self, changes: "ChangeMatrix", threshold: float) -> "RelationGraph":
        from relations import RelationGraph

        return RelationGraph.from_changes(changes, threshold=threshold)

    def _probed(self) -> "ChangeMatrix":
        """The task set's own relation, by a probe in the comparison's folder."""
        if self._measured is None:
            self._measured = self._probe()
            graph = self._graph(self._measured, self.options.threshold)
            print(f"\n{described(self._measured, graph)}")
            self._keep(graph)
        return self._measured

    def _probe(self) -> "ChangeMatrix":
        from gradsplit.training.trainer import TaskSetTrainer
        from relations import PairwiseProbe
        from relations.sources import LEDGER_NAME

        options = self.options
        trainer = TaskSetTrainer(self.taskset, device=options.device)
        ledger = self.folder / LEDGER_NAME
        probe = PairwiseProbe(self.taskset.tasks, trainer, range(options.probe_seeds), ledger)
        if not options.quiet:
            print(f"{probe.plan()}\n")
        return probe.run(options.place(), progress=not options.quiet)

    def _keep(self, graph: "RelationGraph") -> None:
        """The mask and the pictures of the relation beside the comparison."""
        from analysis.figures.figure_file import save
        from analysis.figures.heatmap import heatmap
        from relations import GradientMask

        mask = GradientMask.from_graph(
            graph, undecided=self.options.undecided, provenance={"source": str(self.folder)}
        )
        mask.save(self.folder / "mask.json")
        assert self._measured is not None
        save(heatmap(self._measured, graph), self.folder / "heatmap.png")
