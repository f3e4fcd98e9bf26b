"""The causes that a diagnosis tells apart, and which of them it names."""

from collections.abc import Mapping
from dataclasses import dataclass

UNFINISHED = "unfinished training"
SCALE = "loss scale"
CAPACITY = "capacity"
STAGE = "stage"
DATA = "data"

CAUSES = (UNFINISHED, SCALE, CAPACITY, STAGE, DATA)
"""In the order in which they are named. A change that longer training removes says nothing about
the tasks, so that comes first. Withholding gradients also silences a loud loss, and a reserved
share of a stage also gives room, so a conflict in a stage is named when neither of the simpler
causes explains the harm. The source's data are named when the harm stays although its objective is
gone, and nothing else removes it. Source: our choice."""

NO_HARM = "no harm"
"""What a diagnosis leaves open where the mean change is not harmful and its doubt reaches there."""

REMOVES, KEEPS, UNDECIDED = "removes", "keeps", "undecided"
"""What an intervention does to the harm: more than half of it is gone, less than half, or the
evidence does not say."""


@dataclass(frozen=True)
class Named:
    """What a diagnosis says of an edge.

    Attributes:
        cause: The cause that is named; None where none is.
        open: Causes that the evidence leaves open, in order; the diagnosis is undecided when there
            are some. With none of them and no cause, the harm has a cause that was not examined.
        also: Other causes whose removal removes the harm as well.
    """

    cause: str | None
    open: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.cause is not None:
            return self.cause
        if self.open:
            return f"undecided ({' or '.join(self.open)})"
        return "none of the causes examined"


def name_cause(verdicts: Mapping[str, str]) -> Named:
    """The cause of an edge's harm, from what removing each cause did.

    The first cause in the order of `CAUSES` that removes the harm is named, unless one before it
    is undecided.

    Args:
        verdicts: Cause -> `REMOVES`, `KEEPS` or `UNDECIDED`; causes that could not be examined are
            left out.

    Example:
        >>> str(name_cause({"loss scale": "keeps", "capacity": "keeps", "stage": "removes"}))
        'stage'
        >>> str(name_cause({"loss scale": "undecided", "stage": "removes"}))
        'undecided (loss scale or stage)'
    """
    unsure: list[str] = []
    for place, cause in enumerate(CAUSES):
        verdict = verdicts.get(cause, KEEPS)
        if verdict == UNDECIDED:
            unsure.append(cause)
        elif verdict == REMOVES:
            if unsure:
                return Named(None, (*unsure, cause))
            also = [one for one in CAUSES[place + 1 :] if verdicts.get(one) == REMOVES]
            return Named(cause, also=tuple(also))
    return Named(None, tuple(unsure))
