"""`gradsplit report SOURCE --out report.html`: everything on one page, with a threshold slider."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from gradsplit.commands.reproduction import commands, reading_options
from gradsplit.commands.source import SourceOptions

COMPARISON = "comparison.csv"


@dataclass(kw_only=True)
class Report(SourceOptions):
    """Write one HTML file that needs no network: matrix, graph, mask, doubts, what was run."""

    out: str
    """The page (.html)."""
    title: str | None = None
    """Title above the page."""

    def run(self) -> int:
        """Compose and write it."""
        from analysis.page.ran import Ran, movements
        from analysis.page.report import Report as Page
        from analysis.page.report import report_html
        from analysis.text_file import write_text
        from relations.sources import ledger_of

        out = self._checked_out()
        changes, graph = self.judged()
        ledger = ledger_of(self.source)
        ran = None if ledger is None else Ran.from_ledger(ledger)
        comparison = self._comparison()
        page = report_html(
            Page(
                changes=changes,
                graph=graph,
                source=self.source,
                title=self.title or f"Task relations: {Path(self.source).resolve().name}",
                options=reading_options(self),
                ran=ran,
                moved=[] if ledger is None or ran is None else movements(ledger, ran, changes),
                comparison=comparison,
                commands=commands(self, ran),
            )
        )
        write_text(out, page)
        print(f"written: {out}")
        return 0

    def _checked_out(self) -> Path:
        """The page's file, refused before anything is read when its name is no page's."""
        from relations.errors import RelationsError

        out = Path(self.out)
        if out.suffix.lower() not in (".html", ".htm"):
            raise RelationsError(
                f"The report's file must end in .html, got {out.name!r}. Use --out report.html."
            )
        return out

    def _comparison(self) -> list[list[str]] | None:
        """The rows of the comparison that lies beside the runs, the header first.

        Raises:
            TableError: It is no csv file of a comparison.
        """
        from relations.errors import TableError

        path = Path(self.source)
        path = (path if path.is_dir() else path.parent) / COMPARISON
        if not path.is_file():
            return None
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise TableError(f"`{path}` cannot be read as CSV ({error}).") from error
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
        if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
            raise TableError(
                f"`{path}` must have a header and rows as long as it. Write it again with "
                "`gradsplit compare`, or move it away."
            )
        return rows
