"""What to do about an edge, and whether longer training comes first."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import ahead
from gradsplit.studies.diagnosis.causes.unfinished import longer
from relations.errors import ScoreError

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.cause import Case
    from gradsplit.studies.diagnosis.intervention import Intervention
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns


@dataclass(frozen=True)
class Moved:
    """How far twice the steps moves a target, decidedly further than the harm is.

    Attributes:
        by: In words.
        where: "alone" or "in the pair".
    """

    by: str
    where: str


@dataclass(frozen=True)
class Remedy:
    """What to do about an edge.

    Attributes:
        followed: The intervention to follow; None is training the two tasks apart.
        advice: In a sentence, without a capital letter.
        known: Whether anything is recommended at all.
    """

    followed: "Intervention | None"
    advice: str
    known: bool = True

    @classmethod
    def of_steps(cls, case: "Case", moved: Moved) -> "Remedy":
        """Longer training, whatever else helps."""
        target = case.edge[1]
        return cls(
            longer(case.edge),
            "train longer first, before reading or acting on this relation: twice the steps moves "
            f"{target} {moved.where} by {moved.by}, which is more than the harm.",
        )


UNKNOWN = Remedy(None, "undecided: train more seeds before anything is changed.", known=False)


def longer_first(runs: "InterventionRuns", case: "Case") -> Moved | None:
    """How far twice the steps moves the target, if decidedly further than the harm is; else None.

    Alone or in the pair, at 97.5 % each. Source: our choice.
    """
    more = longer(case.edge)
    if more not in case.evidence:
        return None
    with suppress(ScoreError):  # of scores that keep no sign nothing is known
        for moves, where in zip(runs.moves(more), ("alone", "in the pair"), strict=True):
            if ahead(moves + runs.before(case.edge), level=0.975):
                kind, change = runs.kind(case.edge[1]), runs.mean_change(case.edge[1], moves)
                return Moved(f"{kind.number(change, 1)} {kind.short}", where)
    return None
