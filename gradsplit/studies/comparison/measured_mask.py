"""The masks of a comparison: a given one, of a relation somebody has, or measured here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from gradsplit.studies.variant_runs import VariantRuns
    from relations import ChangeMatrix, GradientMask, RelationGraph
    from relations.plan import Plan

News = Callable[["Plan | MeasuredMask"], None]
"""Told what is known before a study ends, as soon as it is known."""


@dataclass(frozen=True)
class MeasuredMask:
    """`masks(threshold, relation)`; what is measured is measured once, when it is first asked for.

    Attributes:
        place: Where the probe is trained and kept.
        seeds: The probe's.
        threshold: A change below it is harmful, where a method says nothing else.
        undecided: What to do with an undecided edge.
        given: A mask to use instead of measuring one.
        tell: Told the probe's plan before it is trained, and this object when it is measured.
    """

    place: "VariantRuns"
    seeds: Iterable[int]
    threshold: float = -0.01
    undecided: Literal["point", "allow", "block"] = "point"
    given: "GradientMask | None" = None
    tell: News | None = None

    @cached_property
    def changes(self) -> "ChangeMatrix":
        """The task set's own relation; a probe trains what is missing."""
        probe = self.place.probe(self.seeds)
        if self.tell is not None:
            self.tell(probe.plan())
        return probe.run(
            self.place.executor, workers=self.place.workers, progress=self.place.progress
        )

    @cached_property
    def graph(self) -> "RelationGraph":
        """The own relation judged at the threshold; what it shows is told once."""
        graph = self._judged(self.changes, self.threshold)
        self.__dict__["graph"] = graph  # known to those who are told
        if self.tell is not None:
            self.tell(self)
        return graph

    def __call__(
        self, threshold: float | None = None, relation: str | None = None
    ) -> "GradientMask":
        """The mask of a relation at a threshold; the own ones where None.

        Raises:
            GradSplitError: A threshold is asked of a given mask.
            RelationsError: The relation cannot be read.
        """
        from relations.sources import load_changes

        if relation is not None:
            at = self.threshold if threshold is None else threshold
            return self._mask(self._judged(load_changes(relation), at), relation)
        if self.given is not None:
            if threshold is not None:
                raise GradSplitError(
                    "A mask file has one threshold: leave `--mask` out, or the method's threshold."
                )
            return self.given
        graph = self.graph
        if threshold is not None:
            graph = self._judged(self.changes, threshold)
        return self._mask(graph, str(self.place.ledger.parent))

    def save(self, folder: Path) -> None:
        """The mask and the picture of the own relation, `mask.json` and `heatmap.png`."""
        from analysis.figures.figure_file import save
        from analysis.figures.heatmap import heatmap

        self._mask(self.graph, str(self.place.ledger.parent)).save(folder / "mask.json")
        save(heatmap(self.changes, self.graph), folder / "heatmap.png")

    def _judged(self, changes: "ChangeMatrix", threshold: float) -> "RelationGraph":
        from relations import RelationGraph

        return RelationGraph.from_changes(changes, threshold=threshold)

    def _mask(self, graph: "RelationGraph", source: str) -> "GradientMask":
        from relations import GradientMask

        return GradientMask.from_graph(
            graph, undecided=self.undecided, provenance={"source": source}
        )
