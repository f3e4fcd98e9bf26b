"""Loss scale: the source's loss, or its gradient in the optimizer's moments, is too loud."""

from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from gradsplit.training.methods.balancing.quiet_source import QuietSource
from gradsplit.training.methods.separate_moments import SeparateMoments


@register_cause
class LossScale(Cause):
    """Named before capacity and stage: withholding gradients silences a loud loss as well."""

    name = "loss scale"
    order = 20
    priority = 30
    trained = (
        "the source's loss turned down to the target's loudness (1); optimizer moments for "
        "each task (1)"
    )
    remedy = (
        "turn the loss of {source} down; `gradsplit compare` with `tuned-weights` finds by how much"
    )

    def left_out(self, case: Case) -> str | None:
        """See `Cause.left_out`."""
        if SeparateMoments.fits(case.taskset.recipe):
            return None
        return "The optimizer has no moments to separate."

    def first(self, case: Case) -> list[Intervention]:
        """The source's loss at the target's loudness."""
        return [quieter(case.edge)]

    def further(self, case: Case) -> Intervention | None:
        """Optimizer moments for each of the two tasks, with an optimizer that has some."""
        return None if self.left_out(case) else own_moments(case.edge)

    def advice(self, edge: Edge, followed: Intervention | None) -> str:
        """See `Cause.advice`."""
        if followed is not None and isinstance(followed.method, SeparateMoments):
            return "give each task's gradients optimizer moments of their own."
        return super().advice(edge, followed)


def quieter(edge: Edge) -> Intervention:
    """The source's loss at the target's loudness."""
    method = QuietSource(*edge)
    return Intervention("source's loss turned down", LossScale.name, edge, method)


def own_moments(edge: Edge) -> Intervention:
    """Optimizer moments for each of the two tasks."""
    return Intervention("own optimizer moments", LossScale.name, edge, SeparateMoments())
