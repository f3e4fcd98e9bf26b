"""Memorised noise: the source learns its own training labels by heart, noise and all."""

from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED, ahead
from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.causes.stage import withheld_from_last
from gradsplit.studies.diagnosis.causes.unfinished import longer

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.intervention import Intervention


@register_cause
class MemorisedNoise(Cause):
    """Nothing is trained for it: it is seen in the source's own score.

    With twice the steps the source becomes worse on held-out data: it learns by heart what it
    should not. Whatever keeps its gradients from the trunk removes the harm then, and a stage would
    be named, or a loss scale. Sure is what two signs say: the source gets worse with more steps,
    and better where its gradient is withheld, so that it has nothing to lose there. Source: our
    choice.
    """

    name = "memorised noise"
    order = 15
    priority = 100
    ends = False
    trained = "nothing more: seen in the source's own held-out score"
    remedy = (
        "stop {source} earlier, give it more data or cleaner labels, or regularise it: the longer "
        "it is trained, the worse it becomes on held-out data"
    )

    def seen(self, case: Case) -> str | None:
        """See `Cause.seen`."""
        source, everywhere = case.edge[0], withheld_from_last(case, len(case.stages))
        if not self._worse(case, longer(case.edge)):
            return None
        removed = case.evidence.get(everywhere)
        if removed is None or removed.verdict == KEEPS:
            return KEEPS
        better = case.gains is not None and ahead(case.gains(everywhere, source))
        return REMOVES if better and removed.verdict == REMOVES else UNDECIDED

    def _worse(self, case: Case, more: "Intervention") -> bool:
        """Whether the source's score is decidedly worse with twice the steps."""
        if case.gains is None or more not in case.evidence:
            return False
        return ahead(-case.gains(more, case.edge[0]))
