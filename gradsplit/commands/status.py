"""`gradsplit status DIR`: how a probe or a recommendation stands, also while it is running."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro


@dataclass(kw_only=True)
class Status:
    """Show what is done, running and failed (with reasons), and the matrix so far.

    Of a recommendation: what it is at, how many trainings of at most how many, how long it takes.
    """

    POSITION: ClassVar[int] = 230

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")]
    """The folder of a probe or recommendation, or its ledger."""
    variant: str = ""
    """Which runs of the ledger, e.g. "steps=400"; the probe's own when not given."""
    failures: bool = False
    """Show each failed run whole instead: its traceback, or all that its program printed."""

    def run(self) -> int:
        """Print it."""
        from gradsplit import status

        found = status(Path(self.folder), self.variant)
        print(found.failures_text() if self.failures else found)
        return 0
