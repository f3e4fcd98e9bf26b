"""CSV files as a header and numbered lines."""

import csv
from pathlib import Path

from relations.errors import TableError

Line = tuple[int, list[str]]  # line number and cells


def read_csv(path: Path) -> tuple[list[str], list[Line]]:
    """Header and non-empty rows with their line numbers, cells stripped."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except FileNotFoundError as error:
        raise TableError(f"There is no file `{path}`.") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"`{path}` cannot be read as CSV ({error}).") from error
    rows = [row for row in rows if any(row[1])]
    if len(rows) < 2:
        raise TableError(f"`{path}` must have a header and at least one more line.")
    return rows[0][1], rows[1:]
