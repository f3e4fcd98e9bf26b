"""Unfinished training: the pair is only behind, and the change says nothing about the tasks."""

from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.intervention import Edge, Intervention

LONGER = 2
"""Factor on the steps."""


@register_cause
class Unfinished(Cause):
    """Named before all others: while training is unfinished, nothing else can be told."""

    name = "unfinished training"
    order = 10
    priority = 0
    trained = "twice the steps, pair and target alone (3)"
    remedy = "train longer before reading or acting on this relation"

    def first(self, case: Case) -> list[Intervention]:
        """Twice the steps, the target alone and the pair."""
        return [longer(case.edge)]


def longer(edge: Edge) -> Intervention:
    """Twice the steps, the target alone and the pair."""
    name = f"{LONGER}x the steps"
    label = f"steps x{LONGER} width x1"
    return Intervention(name, Unfinished.name, edge, steps=LONGER, label=label, alone_too=True)
