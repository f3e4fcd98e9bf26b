"""Capacity: the trunk is too narrow for both tasks."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.intervention import Edge, Intervention

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet

WIDER = 2.0
"""Factor on the trunk's width; its inverse is a target's share in a trunk for two."""


@register_cause
class Capacity(Cause):
    """Named before a stage: a share that is reserved for the target gives room as well."""

    name = "capacity"
    order = 30
    priority = 10
    trained = (
        "the target alone in half the width, a control (0.5); twice the width, pair and "
        "target alone (1.5)"
    )
    remedy = "widen the trunk; where that is too dear, train {target} without {source}"

    def left_out(self, case: Case) -> str | None:
        """See `Cause.left_out`."""
        try:
            case.taskset.with_width(1.0)
        except TaskSetError as why:
            return str(why)
        return None

    def first(self, case: Case) -> list[Intervention]:
        """The target alone in its share of the width."""
        return [] if self.left_out(case) else [narrow(case.edge)]

    def further(self, case: Case) -> Intervention | None:
        """A wider trunk, where the target loses alone in its share what it loses in the pair."""
        alone = case.evidence.get(narrow(case.edge))
        return wider(case.edge) if alone is not None and alone.by_mean == KEEPS else None

    def verdict(self, said: Mapping[Intervention, str]) -> str:
        """Whether room is missing is said by the wider trunk.

        Without it, the target alone in its share can only say that it is not.
        """
        for intervention, verdict in said.items():
            if intervention.pair:
                return verdict
        return KEEPS if REMOVES in said.values() else UNDECIDED


def narrow(edge: Edge) -> Intervention:
    """The target alone in a trunk as narrow as its share: no more than room is taken from it."""
    return _resized("without the source, half the width", edge, 1 / WIDER, pair=False)


def wider(edge: Edge) -> Intervention:
    """Twice the width, the target alone and the pair."""
    return _resized(f"{WIDER:g}x the width", edge, WIDER, pair=True)


def _resized(name: str, edge: Edge, width: float, *, pair: bool) -> Intervention:
    return Intervention(
        name,
        Capacity.name,
        edge,
        change=partial(_of_width, width),
        label=f"steps x1 width x{width:g}",
        alone_too=True,
        pair=pair,
    )


def _of_width(width: float, taskset: "TaskSet") -> "TaskSet":
    from gradsplit.training.taskset import keeping_recipe

    return keeping_recipe(taskset, taskset.with_width(width))
