"""A table of relations whose numbers are more likely scores than changes."""

import re
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from relations.tables.change_cells import Unit, parse_change, unit_of, unit_problems
from relations.tables.score_cell import without_spread

Edge = tuple[str, str]

_FAR_FROM_NOTHING = 0.1
_NO_CHANGE = 0.5
"""Gains of one task that are all as large as this are rare, scores are not."""

_NEITHER = (
    "If they are scores and no changes, they belong into a runs table (`tasks,seed,task,score`), "
    "beside those of training alone."
)
_OF_CHANGES = re.compile(
    # Depth is also scored by a `relative error` and by `δ1`, the share within a ratio.
    r"(?i:(?<![a-z])(changes?(?![ _]detection)|gains?|improvements?|diff(erence)?s?"
    r"|relative(ly)?(?![ _]err)|deltas?(?!\s*[_<]?\s*\d))(?![a-z]))"
    r"|[Δ∆]|δ(?!\s*[_<]?\s*\d)"
)
_OF_FRACTIONS = re.compile(r"((sources?|targets?)\b)?\W*fractions?\W*", re.IGNORECASE)


def names_changes(heading: str) -> bool:
    """Whether a heading says that what stands below are changes; a sign % is of scores, too.

    Example:
        >>> names_changes("Δ (%)"), names_changes("source (fractions)"), names_changes("change")
        (True, True, True)
        >>> names_changes("Accuracy (%)"), names_changes("exchange"), names_changes("δ1 (%)")
        (False, False, False)
    """
    return bool(_OF_CHANGES.search(heading) or _OF_FRACTIONS.fullmatch(heading))


def meaning_of(heading: str, unit: Unit | None) -> tuple[Unit | None, bool]:
    """The unit of numbers, and whether it is said that they are changes.

    Args:
        heading: What stands above them.
        unit: As the user says; it wins over the heading, and only changes have one.

    Example:
        >>> meaning_of("Accuracy (%)", None), meaning_of("Accuracy", "per-cent")
        (('per-cent', False), ('per-cent', True))
    """
    return unit or unit_of(heading), unit is not None or names_changes(heading)


def number_problems(
    cells: Mapping[Edge, tuple[int, str]], unit: Unit | None, *, of_changes: bool
) -> list[str]:
    """The question that numbers raise: are they changes at all, and in which unit.

    Args:
        cells: Edge -> its line and cell.
        unit: What is known of the unit.
        of_changes: Their heading, or the user, says that they are changes.
    """
    scores = [] if of_changes else _scores({e: cell for e, (_, cell) in cells.items()}, unit)
    units = unit_problems(cells.values(), unit)
    return scores or [said if of_changes else f"{said} {_NEITHER}" for said in units]


def edges_like_scores(changes: Mapping[Edge, float]) -> list[Edge]:
    """Edges whose numbers are as scores are and changes hardly; all of them, or those of one task.

    All are positive and mostly far from 0; or two or more of one task are all at least a half.
    Which end of an edge is the target may not have been said, so both are looked at.

    Example:
        >>> edges_like_scores({("a", "b"): 0.6, ("b", "a"): 0.4})
        [('a', 'b'), ('b', 'a')]
        >>> edges_like_scores({("a", "b"): 0.6, ("c", "b"): 0.7, ("b", "a"): -0.1})
        [('a', 'b'), ('c', 'b')]
        >>> edges_like_scores({("a", "b"): 0.6, ("b", "a"): -0.1})
        []
    """
    if _far_from_nothing(list(changes.values())):
        return list(changes)
    for end in (1, 0):
        of_task: dict[str, list[Edge]] = defaultdict(list)
        for edge in changes:
            of_task[edge[end]].append(edge)
        for own in of_task.values():
            if len(own) > 1 and all(changes[edge] >= _NO_CHANGE for edge in own):
                return own
    return []


def _far_from_nothing(known: list[float]) -> bool:
    return len(known) > 1 and min(known) > 0 and float(np.median(known)) >= _FAR_FROM_NOTHING


def _scores(cells: Mapping[Edge, str], unit: Unit | None) -> list[str]:
    r"""The question whether cells are scores; nothing where they say that they are changes.

    Scores of tasks trained with others look so once those of training alone are deleted from the
    diagonal, and read as changes all of them would be gains. A sign + before a number answers it;
    a sign % does not.

    Example:
        >>> (said,) = _scores({("b", "a"): "0.81", ("a", "b"): "0.4"}, None)
        >>> print(*said.splitlines()[2:5], sep="\n")
            tasks,seed,task,score
            a,0,a,...
            b+a,0,a,0.81
    """
    found = {edge: parse_change(cell, unit) for edge, cell in cells.items()}
    known = {edge: change for edge, change in found.items() if change is not None}
    likely = [] if any(cell[:1] == "+" for cell in cells.values()) else _likely(known, cells, unit)
    if not likely:
        return []
    source, target = likely[0]
    ordered = sorted(likely, key=known.__getitem__)
    least, most = (without_spread(cells[edge]) for edge in (ordered[0], ordered[-1]))
    which = f"All {len(likely)} are" if len(likely) == len(known) else _those_of(likely)
    return [
        f"are these changes or scores? {which} positive, {least} to {most}: as "
        f"changes against training alone, gains of up to {100 * known[ordered[-1]]:g} %. Scores "
        "need those of training alone beside them, in a runs table:\n\n"
        "    tasks,seed,task,score\n"
        f"    {target},0,{target},...\n"
        f"    {source}+{target},0,{target},{without_spread(cells[source, target])}\n\n"
        "If they are changes, say so: a heading `change (fraction)` or `change (%)`, which a "
        "matrix has in its first cell, or --unit fraction or --unit per-cent."
    ]


def _likely(
    known: Mapping[Edge, float], cells: Mapping[Edge, str], unit: Unit | None
) -> list[Edge]:
    """The edges that are asked about.

    Of one task alone, numbers whose unit is not known may be scores of a hundred, or changes in
    per cent: 50 and more are scores, 4.2 raises the question of the unit.
    """
    if _far_from_nothing(list(known.values())):
        return list(known)
    of_hundred = {
        edge: change / 100 if unit is None and change > 1 and "%" not in cells[edge] else change
        for edge, change in known.items()
    }
    return edges_like_scores(of_hundred)


def _those_of(edges: list[Edge]) -> str:
    """Those numbers by the task that they have in common: its column, or its row."""
    targets = {target for _, target in edges}
    task = targets.pop() if len(targets) == 1 else edges[0][0]
    return f"The {len(edges)} of `{task}` are all"
