"""Lines of a runs table that are side scores: apart from the scores that changes are made of."""

import math
from collections.abc import Iterable, Mapping

from relations.runs import Run
from relations.side_scores import parted, side_scores
from relations.tables.csv_file import Line
from relations.tables.score_cell import score_in
from relations.tables.wide_runs import members_of, whole_number

Side = dict[Run, dict[str, float]]


def lines_apart(
    header: list[str], rows: Iterable[Line]
) -> tuple[list[Line], list[tuple[int, dict[str, str]]]]:
    """The lines of a runs table that are no side scores, and those that are, by column.

    Args:
        header: Columns, with `tasks` and `task` among them.
        rows: Line numbers and cells; lines of another length are left as they are.
    """
    others: list[Line] = []
    found: list[tuple[int, dict[str, str]]] = []
    for line, cells in rows:
        row = dict(zip(header, cells, strict=False))
        if len(cells) == len(header) and parted(row["task"], members_of(row["tasks"])):
            found.append((line, row))
        else:
            others.append((line, cells))
    return others, found


def side_of_lines(
    lines: Iterable[tuple[int, Mapping[str, str]]], runs: Iterable[Run]
) -> tuple[Side, list[str]]:
    """Run -> its side scores, what is no finite number left out; and all problems.

    Args:
        lines: Line numbers and cells by column.
        runs: Those that have scores.
    """
    known = {(frozenset(run.tasks), run.seed): run for run in runs}
    side: dict[Run, dict[str, float]] = {}
    problems = []
    for line, row in lines:
        seed = whole_number(row["seed"])
        run = None if seed is None else known.get((frozenset(members_of(row["tasks"])), seed))
        if run is None:
            problems.append(
                f"line {line}: {row['task']} is a side score of a run without scores, "
                f"{row['tasks']} with seed {row['seed']}."
            )
            continue
        given = side.setdefault(run, {})
        if row["task"] in given:
            problems.append(f"line {line}: {run} has a side score {row['task']} already.")
        value = score_in(row["score"])
        given[row["task"]] = math.nan if value is None else value
    return {run: side_scores(run, given) for run, given in side.items()}, problems
