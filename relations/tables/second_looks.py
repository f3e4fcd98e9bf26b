"""What a runs table that can be read may still mean otherwise: told, and nothing is changed."""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import isfinite

from relations.errors import TableNote
from relations.runs import Outcome
from relations.tables.csv_file import Line, column_name
from relations.tables.first_names import first_names
from relations.tables.misspelt_tasks import misspelt_tasks
from relations.tables.score_cell import score_in
from relations.tables.wide_runs import members_of

_METHODS = "methods?|approach|algorithm|strategy|weighting|balancing"
_OTHERS = "variant|backbone|architecture|encoder|optimi[sz]er|data_?set|split"
_OF_METHODS, _OF_TRAININGS = (
    re.compile(rf"(?:^|[^a-z])(?:{words})(?![a-z])")
    for words in (_METHODS, f"{_METHODS}|{_OTHERS}")
)
_OF_RUNS = ("tasks", "seed", "task", "score")
_FAR_APART = 50  # A score in per cent is 100 times its fraction, one cut at a comma a thousandth.


def telling_apart(header: Sequence[str], rows: Sequence[Line]) -> list[str]:
    """What to do where a run is given more than once and another column says why; else nothing.

    Args:
        header: Lower-case column names as the file has them, `tasks` and `seed` among them.
        rows: Line numbers and cells.
    """
    whole = [cells for _, cells in rows if len(cells) == len(header)]
    key = [header.index(name) for name in ("seed", "task") if name in header]
    of_runs: dict[object, list[list[str]]] = defaultdict(list)
    for cells in whole:
        run = frozenset(members_of(cells[header.index("tasks")]))
        of_runs[run, *(cells[place] for place in key)].append(cells)
    again = [lines for lines in of_runs.values() if len(lines) > 1]
    tasks = {column_name(t) for cells in whole for t in members_of(cells[header.index("tasks")])}
    found = []
    for place, name in enumerate(header):
        values = dict.fromkeys(lines[place] for own in again for lines in own)
        differ = all(len({cells[place] for cells in own}) == len(own) for own in again)
        if name not in _OF_RUNS and name not in tasks and values and differ:
            found.append((len(dict.fromkeys(cells[place] for cells in whole)), name, values))
    # A name or a time of its own for each line tells nothing of what differs between them.
    found = [each for each in found if 2 * each[0] <= len(whole)]
    if not found:
        return []
    _, name, values = min(found, key=lambda each: each[0])
    return [
        f"lines of one run differ in the column `{name}` ({first_names(values)}): leave the lines "
        "of one of them."
    ]


def look_again(header: Sequence[str], rows: Sequence[Line], outcomes: Iterable[Outcome]) -> None:
    """Tell what may be meant otherwise in a table that can be read.

    Args:
        header: Lower-case column names as the file has them, `tasks` among them.
        rows: Line numbers and cells.
        outcomes: What was read.

    Warns:
        TableNote: Runs of several methods are read as of one training; a task of a few runs is
            called nearly as another; tasks differ by nothing but capitals; scores of a task are of
            two sizes; a line has scores of tasks that it does not name.
    """
    scores: dict[str, list[float]] = defaultdict(list)
    outcomes = list(outcomes)
    for outcome in outcomes:
        for task, score in (outcome.scores or {}).items():
            if isfinite(score):
                scores[task].append(score)
    misspelt = misspelt_tasks(outcome.run for outcome in outcomes)
    of_table = (*_methods(header, rows), *_unnamed(header, rows), *misspelt)
    for said in (*of_table, *_capitals(list(scores)), *_sizes(scores)):
        warnings.warn(said, TableNote, stacklevel=3)


def _methods(header: Sequence[str], rows: Sequence[Line]) -> Iterator[str]:
    """Columns that tell trainings apart, with several words for what is read as one.

    One method trains all pairs, but a data set or a backbone may go with the tasks: of such
    columns, and of single-task runs, the runs of the same tasks are compared.
    """
    for place, name in enumerate(header):
        if name in _OF_RUNS or not _OF_TRAININGS.search(name):
            continue
        found: dict[object, dict[str, None]] = defaultdict(dict)
        for cells in (cells for _, cells in rows if len(cells) == len(header) and cells[place]):
            run = frozenset(members_of(cells[header.index("tasks")]))
            scored = cells[header.index("task")] if "task" in header else ""
            pair = len(run) == 2 and bool(_OF_METHODS.search(name))
            if len(run) <= 2:
                found["pair runs" if pair else (run, scored)][cells[place]] = None
        values = next((values for values in found.values() if len(values) > 1), None)
        if values:
            yield (
                f"The column `{name}` is not used: runs of {first_names(values)} are read as of "
                "one training. If they are not, leave the lines of one of them."
            )


def _unnamed(header: Sequence[str], rows: Sequence[Line]) -> Iterator[str]:
    """Scores, in a table with a line a run, of tasks that the run has not trained by its name."""
    if "task" in header:
        return
    found: list[tuple[int, str, str]] = []
    at = header.index("tasks")
    whole = [(line, cells) for line, cells in rows if len(cells) == len(header)]
    tasks = {column_name(task) for _, cells in whole for task in members_of(cells[at])}
    for line, cells in whole:
        own = {column_name(task) for task in members_of(cells[at])}
        more = [
            name
            for name, cell in zip(header, cells, strict=True)
            if name in tasks - own and _is_score(cell)
        ]
        found += [(line, cells[at], more[0])] if more else []
    if found:
        line, run, task = found[0]
        many = "1 line has" if len(found) == 1 else f"{len(found)} lines have"
        yield (
            f"{many} scores of tasks that the line does not name, such as line {line} "
            f"(`{run}`, a score of `{task}`). These scores are not used: a run's tasks are those "
            "that it has trained."
        )


def _is_score(cell: str) -> bool:
    score = score_in(cell)
    return score is not None and isfinite(score)


def _capitals(tasks: Sequence[str]) -> Iterator[str]:
    for one, other in combinations(tasks, 2):
        if one.casefold() == other.casefold():
            yield f"`{one}` and `{other}` are read as two tasks."


def _sizes(scores: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Tasks whose scores fall into two groups, far apart."""
    found = []
    for task, own in scores.items():
        sizes = sorted({abs(score) for score in own} - {0.0})
        far = [two for two in pairwise(sizes) if two[1] >= _FAR_APART * two[0]]
        found += [f"`{task}` (up to {far[0][0]:g}, from {far[0][1]:g} on)"] if far else []
    if found:
        yield (
            f"Scores are of two sizes in {', '.join(found)}: are all in one unit? A point or "
            "comma before three digits is read as a decimal one."
        )
