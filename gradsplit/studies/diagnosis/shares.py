"""How much of a harm each cause is, as far as that is decided."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.in_words import share_in_words
from analysis.diagnosis.removed_harm import Removed, Row
from gradsplit.studies.diagnosis.cause import causes
from gradsplit.studies.diagnosis.named import Named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradsplit.studies.diagnosis.intervention import Intervention


LEAST = 0.1
"""Smaller shares are not worth a word. Source: our choice."""


@dataclass(frozen=True)
class Share:
    """A share of the harm that is decidedly above zero.

    Attributes:
        cause: What was taken away.
        intervention: How; of several of a cause the one with the highest lower end.
        removed: The share with its interval.
        sure: Whether it is that cause's: no simpler cause may be as much of the harm.
    """

    cause: str
    intervention: "Intervention"
    removed: Removed
    sure: bool

    def __str__(self) -> str:
        words = share_in_words(self.removed)
        if self.sure:
            return f"{words}, is {self.cause}"
        return f"{words}, goes with `{self.intervention.name}`"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; an end that the interval does not have is None."""
        ends = {"lower": self.removed.lower, "upper": self.removed.upper}
        return {
            "cause": self.cause,
            "intervention": self.intervention.name,
            "share": self.removed.share,
            **{name: end if isfinite(end) else None for name, end in ends.items()},
            "sure": self.sure,
            "words": str(self),
        }


def shares_of(rows: "Mapping[Intervention, Row]", named: Named) -> tuple[Share, ...]:
    """The shares that are decidedly above zero, in the order of causes.

    A share of a later cause contains what simpler ones explain: withholding gradients silences a
    loud loss as well. So they do not add up, and a later one is its own cause's only where no
    simpler cause is named or open that may be as much.

    Args:
        rows: What each intervention showed. Controls are no cures and are left out.
        named: What the evidence names.
    """
    shares: list[Share] = []
    explained = False
    for cause in causes():
        cures = {
            what: row.removed
            for what, row in rows.items()
            if what.cause == cause.name and not row.control
        }
        best = max(cures, key=lambda what: _or_nothing(cures[what].lower), default=None)
        if best is not None and cures[best].lower > 0 and cures[best].share >= LEAST:
            shares.append(Share(cause.name, best, cures[best], sure=not explained))
        explained |= cause.name == named.cause or cause.name in named.open
    return tuple(shares)


def in_a_sentence(shares: tuple[Share, ...]) -> str:
    """All of them, and that the rest is open where none is most of the harm."""
    if not shares:
        return ""
    text = "; ".join(map(str, shares))
    most = max(share.removed.share for share in shares)
    return text if most > 0.9 else f"{text}; the rest is open"


def _or_nothing(lower: float) -> float:
    return lower if lower == lower else float("-inf")  # NaN
