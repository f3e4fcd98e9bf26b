"""A table of texts, printed for the terminal, Markdown, CSV or LaTeX."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from analysis.short_names import shorten
from relations.errors import RelationsError
from relations.tables.csv_file import inert_row
from relations.tables.text_table import aligned, folded

# What would begin HTML, a link, code or another cell.
_MARKDOWN = re.compile(r"[\\|<&`\[]")
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "−": r"$-$",
    "Δ": r"$\Delta$",
    "↓": r"$\downarrow$",
}


@dataclass(frozen=True)
class Table:
    """A header and rows of texts, the first column names, the others numbers.

    Args:
        header: One text a column.
        rows: As many texts each as the header has.
        notes: Lines below the table, for people.
        starts: Columns before which a text that is too wide is folded; before any when empty.

    Raises:
        RelationsError: A row has another length than the header.

    Example:
        >>> print(Table(("method", "score"), (("single", "0.81"), ("GradSplit", "0.8"))))
        method     score
        single      0.81
        GradSplit    0.8
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    starts: Sequence[int] = ()

    def __post_init__(self) -> None:
        wrong = [i for i, row in enumerate(self.rows) if len(row) != len(self.header)]
        if wrong:
            raise RelationsError(
                f"Every row of a table must have {len(self.header)} cells like its header, "
                f"rows {', '.join(map(str, wrong))} have not."
            )

    def text(self, width: int | None = None) -> str:
        """Columns of equal width, two blanks apart.

        Args:
            width: Of a line: columns that do not fit go below, names of more than half of it are
                shortened, notes are broken at blanks.
        """
        rows = [self.header, *self.rows]
        if width is None:
            return "\n".join([*aligned(rows), *self.notes])
        names = shorten([row[0] for row in rows], width // 2)
        rows = [[name, *row[1:]] for name, row in zip(names, rows, strict=True)]
        blocks = ["\n".join(lines) for lines in folded(rows, width, self.starts)]
        notes = [fill(note, width, subsequent_indent="  ") for note in self.notes]
        return "\n\n".join(blocks) + "".join(f"\n{note}" for note in notes)

    def __str__(self) -> str:
        return self.text()

    def markdown(self) -> str:
        """A Markdown table, numbers to the right."""
        padded = [
            [_MARKDOWN.sub(r"\\\g<0>", cell) for cell in cells]
            for cells in (self.header, *self.rows)
        ]
        rule = ["---"] + ["---:"] * (len(self.header) - 1)
        lines = [padded[0], rule, *padded[1:]]
        text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n\n".join([text, *self.notes])

    def csv(self) -> str:
        """Comma-separated, the texts as they are; none is a formula to a spreadsheet."""
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows(map(inert_row, [self.header, *self.rows]))
        return file.getvalue().removesuffix("\n")

    def latex(self) -> str:
        """A tabular that needs no package; special characters are escaped."""
        lines = [
            " & ".join("".join(_LATEX.get(letter, letter) for letter in cell) for cell in cells)
            + r" \\"
            for cells in (self.header, *self.rows)
        ]
        columns = "l" + "r" * (len(self.header) - 1)
        body = [rf"\begin{{tabular}}{{{columns}}}", r"\hline", lines[0], r"\hline", *lines[1:]]
        return "\n".join([*body, r"\hline", r"\end{tabular}"])
