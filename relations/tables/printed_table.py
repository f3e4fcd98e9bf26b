"""The matrix as the terminal shows it, copied into a file."""

import re

from relations.tables.csv_file import Line

HEADING = "change in %"
"""How the line above a printed matrix begins; see `relations.statistics.change_table`."""

# Where tasks measure in several units the columns name them, and the line does not.
_SEVERAL_UNITS = ("change, row = ", "change ± ")
_BESIDE = re.compile(r"\s{2,}")


def printed_matrix(text: str) -> tuple[list[str], list[Line]] | None:
    r"""Header and rows of a printed matrix; None when the text is none.

    Example:
        >>> printed_matrix("change in % (1 seed)\n     a    b\na       -2.1\nb  0.1\n")
        (['change in %', 'a', 'b'], [(3, ['a', '', '-2.1']), (4, ['b', '0.1', ''])])
    """
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if line.strip()), None)
    if at is None or len(lines) < at + 3:
        return None
    above = lines[at].lstrip(' "')
    if not above.startswith((HEADING, *_SEVERAL_UNITS)):
        return None
    if any(separator in lines[at + 1] for separator in ",;\t"):
        return None
    targets = _BESIDE.split(lines[at + 1].strip())
    rows: list[Line] = []
    for number, line in enumerate(lines[at + 2 :], start=at + 3):
        if not line.strip() or len(rows) == len(targets):
            break
        source, *cells = _BESIDE.split(line.strip())
        # The diagonal is printed as blanks, which cannot be told from those between two cells.
        cells.insert(len(rows), "")
        rows.append((number, [source, *cells]))
    return [HEADING if above.startswith(HEADING) else "change", *targets], rows


def below_heading(header: list[str], rows: list[Line]) -> tuple[list[str], list[Line]]:
    """A table without the line that is printed above a matrix, whose words go into the corner."""
    if not header[0].startswith(HEADING):
        return header, rows
    below = [cell for cell in rows[0][1] if cell]
    if set(below) & {cells[0] for _, cells in rows[1:]}:
        return [HEADING, *rows[0][1][1:]], rows[1:]
    return header, rows
