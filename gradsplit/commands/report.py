"""`gradsplit report SOURCE --out report.html`: everything on one page, with a threshold slider."""

from dataclasses import dataclass
from typing import ClassVar

from gradsplit.commands.options.source import SourceOptions
from gradsplit.errors import GradSplitError


@dataclass(kw_only=True)
class Report(SourceOptions):
    """Write one HTML file that needs no network: matrix, graph, mask, undecided edges, runs."""

    POSITION: ClassVar[int] = 350

    out: str
    """The page (.html)."""
    title: str | None = None
    """Title above the page."""

    def run(self) -> int:
        """Compose and write it."""
        from gradsplit import report

        if self.cut is not None:
            raise GradSplitError("`--cut` is for estimates, and a report is of measured changes.")
        page = report(self.source, self.out, title=self.title, **self.reading())
        print(f"written: {page}")
        return 0
