"""What is watched of a training, and what cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_NAMED = 3


@dataclass(frozen=True)
class Watched:
    """What defines a training, as far as it can be found.

    Attributes:
        code: Name of a function, class, value or file -> digest of it.
        subject: What trains, e.g. "function train of my.py"; "" where that is nobody's own code.
        unseen: What the training depends on and no digest holds.
    """

    code: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    unseen: tuple[str, ...] = ()

    def settings(self) -> dict[str, object]:
        """As it is written among the settings of a ledger; nothing where there is nothing."""
        subject = {"subject": self.subject} if self.subject else {}
        return {"code": {**subject, **self.code}} if self.code or subject else {}

    def __str__(self) -> str:
        """What is not watched, in one line; "" when all is.

        Example:
            >>> print(Watched(unseen=("files that functions open",)))
            not watched: files that functions open
        """
        if not self.unseen:
            return ""
        more = len(self.unseen) - MOST_NAMED
        named = [*self.unseen[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
        return f"not watched: {', '.join(named)}"
