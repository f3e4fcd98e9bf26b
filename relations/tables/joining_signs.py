"""Tasks whose own names hold the signs that join tasks."""

import re
from collections.abc import Sequence

from relations.tables.csv_file import Line, column_name
from relations.tables.first_names import first_names
from relations.tables.wide_runs import members_of

_SIGN = re.compile(r"[+,]")


def names_with_signs(header: Sequence[str], rows: Sequence[Line]) -> str | None:
    """What to do with tasks such as `pose + hand`; None where there are none.

    They are called so where their scores are, and their runs alone are; but no run alone is of what
    the sign joins.

    Args:
        header: Columns.
        rows: Line numbers and cells.

    Example:
        >>> lines = [(2, ["a + b", "0", "a + b", "0.5"]), (3, ["c", "0", "c", "0.5"])]
        >>> names_with_signs(["tasks", "seed", "task", "score"], lines)
        '`a + b` holds a sign that joins tasks, + or a comma: call it otherwise, such as `a-b`.'
    """
    low = [column_name(name) for name in header]
    if "tasks" not in low:
        return None
    whole = [cells for _, cells in rows if len(cells) == len(header)]
    runs = {cells[low.index("tasks")] for cells in whole}
    scored = [cells[low.index("task")] for cells in whole] if "task" in low else header
    found = [
        name
        for name in dict.fromkeys(scored)
        if _SIGN.search(name) and name in runs and not runs.issuperset(members_of(name))
    ]
    if not found:
        return None
    one = len(found) == 1
    named = first_names(f"`{name}`" for name in found)
    return (
        f"{named} {'holds' if one else 'hold'} a sign that "
        f"joins tasks, + or a comma: call {'it' if one else 'them'} otherwise, such as "
        f"`{'-'.join(members_of(found[0]))}`."
    )
