"""The masks of a comparison: a given one, of a relation somebody has, or measured here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from analysis.figures.figure_file import save
from analysis.figures.heatmap import heatmap
from gradsplit.errors import GradSplitError
from gradsplit.studies.diagnosis.diagnosed_modules import with_diagnosed_modules
from gradsplit.studies.variant_runs import VariantRuns
from relations.errors import argument
from relations.graph import UNKNOWN, RelationGraph
from relations.ledger.changed_code import Taken
from relations.mask import GradientMask
from relations.sources import load_changes
from relations.statistics.change_matrix import ChangeMatrix
from relations.statistics.unknown_edges import refused_mask


@dataclass(frozen=True)
class MeasuredMask:
    """`masks(threshold, relation)`; what is measured is measured once, when it is first asked for.

    Attributes:
        place: Where the probe is trained and kept; the mask and a picture are written beside it.
        seeds: The probe's.
        threshold: A change below it is harmful, where a method says nothing else.
        undecided: What to do with an undecided edge.
        given: A mask, or its file, to use instead of measuring one.
    """

    place: VariantRuns
    seeds: Sequence[int]
    threshold: float = -0.01
    undecided: Literal["point", "allow", "block"] = "point"
    given: GradientMask | str | Path | None = None

    def __call__(self, threshold: float | None = None, relation: str | None = None) -> GradientMask:
        """The mask of a relation at a threshold; the own ones where None.

        Raises:
            GradSplitError: A threshold is asked of a given mask.
            RelationsError: The relation or the mask cannot be read.
        """
        return self._mask(threshold, relation, self._changes)

    def foreseen(self, threshold: float | None = None, relation: str | None = None) -> GradientMask:
        """The same without training: where the relation must be measured first, as if none harmed.

        Raises:
            GradSplitError: See `__call__`.
            RelationsError: See `__call__`.
        """
        tasks = self.place.taskset.measured_tasks
        return self._mask(
            threshold, relation, lambda: ChangeMatrix(tasks, np.zeros((len(tasks), len(tasks))))
        )

    @cached_property
    def graph(self) -> RelationGraph:
        """The task set's own relation at the own threshold; a probe trains what is missing.

        The mask and the heatmap are written beside the ledger.
        """
        place = self.place
        probe = place.probe(self.seeds)
        plan = probe.plan()
        place.tell(replace(plan, taken=Taken()))
        place.say_networks({"": place.trainer()}, plan.missing)
        changes = probe.run(
            place.executor,
            workers=place.workers,
            progress=place.progress,
            tell=place.say_taken,
        )
        graph = RelationGraph.from_changes(changes, threshold=self.threshold)
        place.tell(graph)
        save(heatmap(changes, graph), place.ledger.with_name("heatmap.png"))
        self._from_graph(graph).save(place.ledger.with_name("mask.json"))
        return graph

    def _changes(self) -> ChangeMatrix:
        changes = self.graph.changes
        assert changes is not None  # it was made from them
        return changes

    @property
    def measured(self) -> RelationGraph | None:
        """The own relation, when something has asked for it so far."""
        return self.__dict__.get("graph")

    def _mask(
        self, threshold: float | None, relation: str | None, own: Callable[[], ChangeMatrix]
    ) -> GradientMask:
        at = self.threshold if threshold is None else threshold
        if relation is not None:
            changes = load_changes(relation)
        elif self.given is None:
            changes = own()
        elif threshold is not None:
            raise GradSplitError(
                "A mask file has one threshold: leave `--mask` out, or the method's threshold."
            )
        else:
            given = self.given
            mask = given if isinstance(given, GradientMask) else GradientMask.load(given)
            return with_diagnosed_modules(mask, self.place.ledger.parent)
        return self._from_graph(RelationGraph.from_changes(changes, threshold=at), relation)

    def _from_graph(self, graph: RelationGraph, relation: str | None = None) -> GradientMask:
        source = relation or str(self.place.ledger.parent)
        if graph.with_verdict(UNKNOWN):
            raise refused_mask(
                graph.why_unknown(),
                "say what becomes of them in a mask of your own, by `gradsplit mask "
                f"{source} --unknown allow --out mask.json` (or block), and give it as "
                f"{argument('mask', 'mask.json')}",
            )
        provenance = {"source": source}
        mask = GradientMask.from_graph(graph, undecided=self.undecided, provenance=provenance)
        return with_diagnosed_modules(mask, self.place.ledger.parent)
