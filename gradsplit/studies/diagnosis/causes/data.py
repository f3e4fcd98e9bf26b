"""Data: the source's inputs harm the target whatever is learned on them."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import KEEPS, REMOVES
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.causes.batch_statistics import BatchStatistics
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from gradsplit.studies.diagnosis.swapped_labels import SwappedLabels

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet


@register_cause
class Data(Cause):
    """Named when the harm stays although the source's objective is gone.

    Named before a stage: without the source's gradient its data are gone as well. Not examined
    where BatchNorms for each task remove the harm: the data harm by their statistics then.
    """

    name = "data"
    order = 35
    priority = 15
    trained = "the source's inputs with the target's labels, a control (1)"
    remedy = (
        "train {target} without {source}, or make their data more alike: the data of {source} harm "
        "whatever is learned on them"
    )

    def left_out(self, case: Case) -> str | None:
        """See `Cause.left_out`."""
        try:
            target_on_source(case.edge).changed(case.taskset)
        except TaskSetError as why:
            return str(why)
        return None

    def further(self, case: Case) -> Intervention | None:
        """The source's inputs with the target's labels, where there are some."""
        norms = (what for what in case.evidence if what.cause == BatchStatistics.name)
        if any(map(case.removes, norms)) or self.left_out(case):
            return None
        return target_on_source(case.edge)

    def verdict(self, said: Mapping[Intervention, str]) -> str:
        """A harm that stays without the source's objective is the data's, and the other way."""
        verdict = super().verdict(said)
        return {REMOVES: KEEPS, KEEPS: REMOVES}.get(verdict, verdict)


def target_on_source(edge: Edge) -> Intervention:
    """The source's inputs with the target's labels: its objective is gone, its data are not."""
    return Intervention(
        "source's data, target's labels",
        Data.name,
        edge,
        change=partial(_swapped, edge),
        label=f"{edge[0]} with the labels of {edge[1]}",
        source_stays=False,
    )


def _swapped(edge: Edge, taskset: "TaskSet") -> "TaskSet":
    return SwappedLabels(taskset, *edge)
