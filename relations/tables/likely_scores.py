"""A table of relations whose numbers are more likely scores than changes."""

from collections.abc import Iterable, Mapping

import numpy as np

from relations.tables.change_cells import Unit, parse_change, unit_problems

Edge = tuple[str, str]

_FAR_FROM_NOTHING = 0.1


def number_problems(
    cells: Mapping[Edge, tuple[int, str]], unit: Unit | None, *, of_changes: bool
) -> list[str]:
    """The question that numbers raise: are they changes at all, and in which unit.

    Args:
        cells: Edge -> its line and cell.
        unit: What is known of the unit.
        of_changes: Their column is called `change`.
    """
    scores = [] if of_changes else _scores({e: cell for e, (_, cell) in cells.items()}, unit)
    return scores or unit_problems(cells.values(), unit)


def are_like_scores(changes: Iterable[float]) -> bool:
    """Whether numbers are all positive and mostly far from 0, as scores are and changes hardly.

    Example:
        >>> are_like_scores([0.6, 0.4, 0.62]), are_like_scores([0.6, -0.01]), are_like_scores([])
        (True, False, False)
    """
    known = list(changes)
    return len(known) > 1 and min(known) > 0 and float(np.median(known)) >= _FAR_FROM_NOTHING


def _scores(cells: Mapping[Edge, str], unit: Unit | None) -> list[str]:
    r"""The question whether cells are scores; nothing where they say that they are changes.

    Scores of tasks trained with others look so once those of training alone are deleted from the
    diagonal, and read as changes all of them would be gains. A sign before or behind a number, or
    a unit that is said, answers it.

    Example:
        >>> (said,) = _scores({("b", "a"): "0.81", ("a", "b"): "0.4"}, None)
        >>> print(*said.splitlines()[2:5], sep="\n")
            tasks,seed,task,score
            a,0,a,...
            b+a,0,a,0.81
    """
    found = {edge: parse_change(cell) for edge, cell in cells.items()}
    known = {edge: change for edge, change in found.items() if change is not None}
    signed = any(cell[:1] == "+" or "%" in cell for cell in cells.values())
    if unit is not None or signed or not are_like_scores(known.values()):
        return []
    source, target = next(iter(known))
    least, most = min(known.values()), max(known.values())
    return [
        f"are these changes or scores? All {len(known)} are positive, {least:g} to {most:g}: as "
        f"changes against training alone, gains of up to {100 * most:g} %. Scores need those of "
        "training alone beside them, in a runs table:\n\n"
        "    tasks,seed,task,score\n"
        f"    {target},0,{target},...\n"
        f"    {source}+{target},0,{target},{cells[source, target]}\n\n"
        "If they are changes, say their unit: --unit fraction or --unit per-cent."
    ]
