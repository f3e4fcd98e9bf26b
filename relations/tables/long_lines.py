"""Lines of a relation table with one line an edge, without what is no name and no change."""

from relations.tables.csv_file import Line
from relations.tables.stated_kinds import StatedKinds

_UNKNOWN = "unknown"
"""The verdict of an edge whose change, of the seeds that are left, is not to be believed."""


def without_unknown(header: list[str], lines: list[Line], chosen: int) -> list[Line]:
    """Lines whose change is empty where their verdict is that nothing is known of the edge."""
    if "verdict" not in header:
        return lines
    at = header.index("verdict")
    return [
        (line, [*cells[:chosen], "", *cells[chosen + 1 :]])
        if len(cells) == len(header) and cells[at].strip() == _UNKNOWN
        else (line, cells)
        for line, cells in lines
    ]


def without_units(
    header: list[str], lines: list[Line], heading: str, kinds: StatedKinds
) -> list[Line]:
    """Lines whose ends are named without the units that they and the heading of changes name."""
    ends = [header.index("source"), header.index("target")]
    lines = [
        (line, [kinds.bare(cell) if at in ends else cell for at, cell in enumerate(cells)])
        for line, cells in lines
    ]
    whole = [cells for _, cells in lines if len(cells) == len(header)]
    kinds.under(heading, [cells[ends[1]] for cells in whole])
    return lines
