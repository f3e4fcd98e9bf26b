"""`gradsplit status DIR`: how a probe stands, also while it is running."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro


@dataclass(kw_only=True)
class Status:
    """Show what is done, running and failed (with reasons), and the matrix so far.
    """

    POSITION: ClassVar[int] = 230

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")]
    """The probe's folder, or its ledger."""
    variant: str = ""
    """Which runs of the ledger, e.g. "steps=400"; the probe's own when not given."""
    failures: bool = False
    """Show each failed run whole instead: its traceback, or all that its program printed."""

    def run(self) -> int:
        """Print it."""
        from relations.ledger.status import status
        from relations.sources import LEDGER_NAME

        path = Path(self.folder)
        found = status(path if path.is_file() else path / LEDGER_NAME, self.variant)
        print(found.failures_text() if self.failures else found)
        return 0
