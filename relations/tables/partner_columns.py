"""Finished trainings whose tasks are told by two columns, or by marks in a column for each task."""

import re
from collections.abc import Iterator, Sequence
from itertools import permutations
from textwrap import indent

from relations.tables.csv_file import Line, column_name
from relations.tables.first_names import first_names
from relations.tables.score_cell import score_in
from relations.tables.wide_runs import SEED_NAMES

_ALONE = ("", "-", "–", "—", "none", "na", "n/a", "nan", "null", "alone", "single")
_ON = ("1", "1.0", "true", "yes", "x", "✓")
_OFF = ("0", "0.0", "false", "no", "")


def tasks_in_columns(header: Sequence[str], lines: Sequence[Line]) -> str | None:
    r"""What to build where two columns, or marks, tell what a run has trained; None elsewhere.

    Args:
        header: Columns.
        lines: Line numbers and cells.

    Example:
        >>> cells = [["a", "", "0", ".8"], ["b", "", "0", ".7"], ["a", "b", "0", ".6"]]
        >>> header = ["target", "trained_with", "seed", "value"]
        >>> said = tasks_in_columns(header, list(enumerate(cells)))
        >>> print(*said.splitlines()[-3:], sep="\n")
            tasks,seed,task,score
            a,0,a,.8
            a+b,0,a,.6
    """
    table = _Table(header, lines)
    return _two_columns(table) or _marks(table)


class _Table:
    """A table by columns.

    Attributes:
        header: The columns' names.
        rows: The cells of lines that are as long as the header.
        columns: The cells of columns.
        seed: The place of the column that is called as seeds are; None where none is.
        scores: Places of columns of numbers that may be scores.
    """

    def __init__(self, header: Sequence[str], lines: Sequence[Line]) -> None:
        self.header = list(header)
        self.rows = [cells for _, cells in lines if len(cells) == len(header)]
        self.columns = [[cells[at] for cells in self.rows] for at in range(len(header))]
        seeds = [at for at, name in enumerate(header) if column_name(name) in SEED_NAMES]
        self.seed = seeds[0] if seeds else None
        self.scores = [
            at
            for at, cells in enumerate(self.columns)
            if at != self.seed
            and any(cells)
            and all(not cell or score_in(cell) is not None for cell in cells)
        ]

    def seed_of(self, cells: Sequence[str]) -> str:
        """The seed of a line; 0 where no column tells it."""
        return "0" if self.seed is None else cells[self.seed]


def _two_columns(table: _Table) -> str | None:
    """Of a table with a task in one column and the one it was trained with in another."""
    for task, partner in permutations(range(len(table.header)), 2):
        names = set(table.columns[task])
        pairs = list(zip(table.columns[task], table.columns[partner], strict=True))
        alone = [one for one, other in pairs if other.lower() in _ALONE or other == one]
        beside = [(one, other) for one, other in pairs if other in names and other != one]
        no_names = any(not name or score_in(name) is not None for name in names)
        if alone and beside and not no_names and len(alone) + len(beside) == len(pairs):
            return _of_two(table, task, partner)
    return None


def _of_two(table: _Table, task: int, partner: int) -> str:
    first, second = table.header[task], table.header[partner]
    # Of two columns of scores the second is of the partner: it is empty where there is none.
    both = len(table.scores) == 2 and "" in table.columns[table.scores[1]]
    score = table.scores[0] if len(table.scores) == 1 or both else None
    which = " and ".join(f"`{table.header[at]}`" for at in table.scores) if both else ""
    own = f"`score` (`{table.header[score]}`)" if score is not None else "`score`"
    lines = list(_lines_of_two(table, (task, partner), score, both=both))
    rest = (
        f"`task` and `score`, a line for each of {which}"
        if both
        else f"`task` (`{first}`) and {own}"
    )
    return (
        f"build the columns `tasks` (`{first}` and `{second}`, joined by +; `{first}` by itself "
        f"where it was trained alone), `seed`, {rest}, such as:\n\n"
        + indent("\n".join(["tasks,seed,task,score", *lines]), "    ")
    )


def _lines_of_two(
    table: _Table, places: tuple[int, int], score: int | None, *, both: bool
) -> Iterator[str]:
    """The first run alone and the first of a pair, as a runs table has them."""
    shown = set()
    for cells in table.rows:
        one, other = (cells[at] for at in places)
        alone = other.lower() in _ALONE or other == one
        if alone in shown:
            continue
        shown.add(alone)
        run = one if alone else f"{one}+{other}"
        value = "0.81" if score is None else cells[score]
        yield f"{run},{table.seed_of(cells)},{one},{value}"
        if both and not alone:
            yield f"{run},{table.seed_of(cells)},{other},{cells[table.scores[1]]}"


def _marks(table: _Table) -> str | None:
    """Of a table with a column of scores a task, and one that marks whether a run trains it."""
    marks: dict[int, int] = {}
    for at, cells in enumerate(table.columns):
        low = {cell.lower() for cell in cells}
        if low <= {*_ON, *_OFF} and low & set(_ON) and low & set(_OFF):
            own = [
                place for place in table.scores if place != at and _ends(table.header, at, place)
            ]
            marks |= {at: own[0]} if len(own) == 1 else {}
    sets = [[marks[at] for at in marks if cells[at].lower() in _ON] for cells in table.rows]
    pair = next((own for own in sets if len(own) == 2), None)
    alone = next((own for own in sets if pair and len(own) == 1 and own[0] in pair), None)
    if pair is None or alone is None:
        return None
    header = ["tasks", "seed", *(table.header[at] for at in pair)]
    lines = [
        [
            "+".join(table.header[at] for at in own),
            table.seed_of(cells),
            *(cells[at] for at in pair),
        ]
        for own, cells in ((own, table.rows[sets.index(own)]) for own in (alone, pair))
    ]
    named = [f"`{table.header[at]}`" for at in marks]
    return (
        "add the column `tasks`, the tasks joined by + that "
        f"{first_names(named)} mark, such as:\n\n"
        + indent("\n".join(",".join(cells) for cells in [header, *lines]), "    ")
    )


def _ends(header: Sequence[str], at: int, place: int) -> bool:
    """Whether a column is called as another with a word before or behind it."""
    name, task = column_name(header[at]), re.escape(column_name(header[place]))
    return bool(re.fullmatch(rf".+[^a-z0-9]{task}|{task}[^a-z0-9].+", name))
