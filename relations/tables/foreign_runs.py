"""Tables that look like finished trainings, but whose columns are called otherwise."""

import re
from collections.abc import Sequence
from textwrap import indent

from relations.tables.arrows import names_without_arrows
from relations.tables.csv_file import Line, column_name
from relations.tables.partner_columns import tasks_in_columns
from relations.tables.score_cell import score_in
from relations.tables.wide_runs import SEED_NAMES, whole_number

_USUAL = {
    "seed": SEED_NAMES,
    "score": ("score", "value", "result", "metric_value", "test_score", "accuracy", "acc"),
}
_COUNTS = ("n", "count", "runs", "n_runs", "seeds", "n_seeds", "steps", "step", "epochs", "epoch")
_SIGNS = re.compile(r"\s*[+,&|;/]\s*")
_READ = re.compile(r"\s*[+,]\s*")


def renaming(header: Sequence[str], lines: Sequence[Line]) -> str | None:
    """What to do where a table looks like finished trainings under other names; else None.

    It does when a column names tasks alone and joined (`pose`, `reid`, `pose+reid`). The cells then
    also tell which column is the task that was scored, and which may be the seed and the score.

    Args:
        header: Its columns.
        lines: Line numbers and cells.

    Example:
        >>> cells = [["a", "0", "a", ".8"], ["b", "0", "b", ".9"], ["a & b", "0", "a", ".7"]]
        >>> print(renaming(["tasks", "rng", "task", "acc"], list(enumerate(cells))))
        rename the columns `rng` to `seed`, `acc` to `score`; join tasks by +.
    """
    header, _ = names_without_arrows(header)  # which are read as they are
    columns = [
        [cells[place] for _, cells in lines if len(cells) == len(header)]
        for place in range(len(header))
    ]
    joined = next((place for place, cells in enumerate(columns) if _names_sets(cells)), None)
    if joined is None:
        return tasks_in_columns(header, lines) or _tasks_unsaid(header, columns)
    tasks = list(dict.fromkeys(name for own in columns[joined] for name in _SIGNS.split(own)))
    of_tasks = _columns_of_tasks(header, tasks)
    places = _places(header, columns, joined, wide=bool(of_tasks))
    names = {header[place]: needed for needed, place in places.items() if place is not None}
    renamed = [
        f"`{name}` to `{needed}`" for name, needed in names.items() if column_name(name) != needed
    ]
    renamed += [
        f"{' or '.join(f'`{name}`' for name in own)} to `{task}`" for task, own in of_tasks.items()
    ]
    columns_named = "column" if len(renamed) == 1 else "columns"
    told = [f"rename the {columns_named} {', '.join(renamed)}"] if renamed else []
    told += [
        f"call the column that holds the {needed} `{needed}`"
        for needed, place in places.items()
        if place is None and needed != "task"
    ]
    if places.get("task", joined) is None:
        told.append("add the column `task`, which says of what task a score is: none does")
    if any(_SIGNS.split(cell) != _READ.split(cell) for cell in columns[joined]):
        told.append("join tasks by +")
    if not told:
        return ""
    example = _example(tasks) if places.get("task", joined) is None else ""
    return f"{'; '.join(told)}.{example}"


def _tasks_unsaid(header: Sequence[str], columns: Sequence[Sequence[str]]) -> str | None:
    """What to add where columns of scores have gaps beside a seed; None where they are others."""
    low = [column_name(name).replace(" ", "_") for name in header]
    scores = [
        cells
        for cells in columns
        if any(cells) and all(not c or score_in(c) is not None for c in cells)
    ]
    gaps = [cells for cells in scores if "" in cells]
    if "tasks" in low or len(gaps) < 2 or not set(low) & set(SEED_NAMES):
        return None
    return (
        "add the column `tasks`, which names the tasks that a line's run has trained together, "
        "joined by +: none does."
    )


def _columns_of_tasks(header: Sequence[str], tasks: Sequence[str]) -> dict[str, list[str]]:
    """Task -> the columns called as it and more, `seg/mIoU` or `test/seg`; if each task has one."""
    found = {}
    for task in tasks:
        own = re.escape(task)
        called = re.compile(rf"{own}(?:\s*[/:._]|\s)|.*[/:._\s]{own}$", re.IGNORECASE)
        found[task] = [name for name in header if called.match(name)]
    return found if all(found.values()) else {}


def _example(tasks: Sequence[str]) -> str:
    """Two tables that say which task a score is of."""
    first, second = tasks[:2]
    lines = ["tasks,seed,task,score", *(f"{first}+{second},0,{task},0.81" for task in tasks[:2])]
    wide = [f"tasks,seed,{first},{second}", f"{first}+{second},0,0.81,0.81"]
    long_table, wide_table = (indent("\n".join(table), "    ") for table in (lines, wide))
    return (
        f" Such a table has a line for each task of a run:\n\n{long_table}\n\n"
        f"or a line for each run, and a column called as each task:\n\n{wide_table}"
    )


def _places(
    header: Sequence[str], columns: Sequence[Sequence[str]], joined: int, *, wide: bool
) -> dict[str, int | None]:
    """Which column is what a runs table needs; None where cells and names do not tell.

    Args:
        header: The columns' names.
        columns: Their cells.
        joined: Which one names tasks alone and joined.
        wide: There is one line a run, with a column of scores for each task.
    """
    members = [set(_SIGNS.split(cell)) for cell in columns[joined]]
    others = [place for place in range(len(header)) if place != joined]
    whole = [place for place in others if all(whole_number(c) is not None for c in columns[place])]
    whole = [place for place in whole if column_name(header[place]) not in _COUNTS]
    places = {"tasks": joined, "seed": _chosen(header, whole, "seed")}
    own_names = {column_name(name) for own in members for name in own}
    if wide or own_names <= set(map(column_name, header)):
        return places
    inside = [
        place
        for place in others
        if all(cell in own for cell, own in zip(columns[place], members, strict=True))
    ]
    others = [place for place in others if place != places["seed"]]
    numbers = [
        place for place in others if all(score_in(cell) is not None for cell in columns[place])
    ]
    score = _chosen(header, numbers, "score")
    return places | {"task": inside[0] if inside else None, "score": score}


def _names_sets(cells: Sequence[str]) -> bool:
    """Whether cells are tasks, some alone and some joined of those."""
    sets = [_SIGNS.split(cell) for cell in cells]
    alone = {own[0] for own in sets if len(own) == 1}
    pairs = [own for own in sets if len(own) > 1]
    return bool(pairs) and "" not in alone and all(alone.issuperset(own) for own in pairs)


def _chosen(header: Sequence[str], places: Sequence[int], needed: str) -> int | None:
    """The place of a usual name, or the only one there is."""
    usual = [at for at in places if column_name(header[at]).replace(" ", "_") in _USUAL[needed]]
    found = usual or places
    return found[0] if len(found) == 1 or usual else None
