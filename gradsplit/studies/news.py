"""What a study tells on the way, and what of it people read in the end."""

from dataclasses import dataclass, field

from gradsplit.studies.networks_beside import NetworksAhead
from gradsplit.studies.variant_runs import Tell
from relations.ledger.changed_code import Taken
from relations.plan import Plan


@dataclass
class News:
    """Hands on what is found, and keeps what people are to read in the end.

    Attributes:
        tell: Told everything as it is found.
        kept: What was found, plans and what came from the ledger left out.
    """

    tell: Tell
    kept: list[object] = field(default_factory=list)

    def __call__(self, found: object) -> None:
        """Hand something on."""
        if not isinstance(found, Plan | Taken | NetworksAhead):
            self.kept.append(found)
        self.tell(found)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.kept))
