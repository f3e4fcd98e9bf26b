"""The cause that the evidence of an edge names."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED
from gradsplit.studies.diagnosis.cause import causes


@dataclass(frozen=True)
class Named:
    """Which cause the evidence names.

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


def name_cause(said: Mapping[str, str]) -> Named:
    """The cause of an edge's harm, from what removing each cause did.

    The first cause in order that removes the harm is named, unless one before it is undecided.

    Args:
        said: Cause -> "removes", "keeps" or "undecided"; causes that could not be examined are left
            out.

    Example:
        >>> str(name_cause({"loss scale": "keeps", "capacity": "keeps", "stage": "removes"}))
        'stage'
        >>> str(name_cause({"loss scale": "undecided", "stage": "removes"}))
        'undecided (loss scale or stage)'
    """
    undecided: list[str] = []
    names = [cause.name for cause in causes()]
    for place, name in enumerate(names):
        verdict = said.get(name, KEEPS)
        if verdict == UNDECIDED:
            undecided.append(name)
        elif verdict == REMOVES:
            if undecided:
                return Named(None, (*undecided, name))
            also = tuple(later for later in names[place + 1 :] if said.get(later) == REMOVES)
            return Named(name, also=also)
    return Named(None, tuple(undecided))
