"""What was found while a metric of the ledger counted as better the other way."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gradsplit.studies.comparison.method_runs import SINGLE
from relations.tables.first_names import first_names
from relations.tasks import Task

_COMPARED = ("comparison.*", "questions.csv", "changes.png", "delta_m.png", "paired.png")
_MASKS = ("mask*.json", "mask.png", "heatmap.png", "graph.png", "relation.csv")
_MADE = {
    "gradsplit recommend": ("recommendation.*", "recommended*", "candidates.csv"),
    "gradsplit compare": _COMPARED,
    "gradsplit group": ("grouping.*", "budget.png"),
    "gradsplit diagnose": ("diagnosis*",),
    "gradsplit mask, heatmap and graph": _MASKS,
    "gradsplit report": ("*.html",),
}
"""Command -> the files that it writes and that depend on which way a metric is better."""


def files_of_it(folder: Path) -> dict[str, list[str]]:
    """The files of a folder that depend on directions, by the command that makes them.

    Of a recommendation its comparison and its masks are among them.
    """
    found = {
        command: sorted(path.name for form in forms for path in folder.glob(form))
        for command, forms in _MADE.items()
    }
    first, compare, _, _, masks, _ = _MADE
    if found[first]:
        found[first] = sorted(found[first] + found.pop(compare) + found.pop(masks))
    return {command: names for command, names in found.items() if names}


def turned_since(said: Mapping[str, object], tasks: Iterable[Task]) -> list[str]:
    """The tasks of which something says another direction than the ledger does now.

    Example:
        >>> turned_since({"pose": True, "depth": True}, [Task("depth", False), Task("pose")])
        ['depth']
    """
    return [task.name for task in tasks if said.get(task.name) not in (None, task.higher_is_better)]


def judged_before(turned: Sequence[str]) -> str:
    """What is wrong with a file, as the rest of a sentence that begins with its name.

    Example:
        >>> judged_before(["depth"])
        'was judged while depth counted as better the other way than the ledger says now'
    """
    return (
        f"was judged while {first_names(list(turned), 3)} counted as better the other way than "
        "the ledger says now"
    )


def compared_directions(folder: Path) -> dict[str, bool]:
    """Task -> whether it was better higher in a folder's comparison, by its scores and changes.

    The tables do not say it. A task whose score nobody changed is not named; nor is any where the
    files are not there or are no such tables.
    """
    try:
        scores = _scores(folder / "scores.csv")
        with (folder / "comparison.csv").open(encoding="utf-8", newline="") as file:
            rows = {row.get("method", ""): row for row in csv.DictReader(file)}
        return dict(_seen(scores, rows))
    except (OSError, ValueError, TypeError, KeyError):
        return {}


_Scores = dict[str, dict[str, dict[str, float]]]


def _scores(path: Path) -> _Scores:
    """Task -> method -> seed -> score."""
    found: _Scores = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            of_task = found.setdefault(row["task"], {})
            of_task.setdefault(row["method"], {})[row["seed"]] = float(row["score"] or "nan")
    return found


def _seen(scores: _Scores, rows: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, bool]]:
    """The tasks whose changes are of scores that are known, each with its direction."""
    columns = list(next(iter(rows.values()), {}))
    for task, by_method in scores.items():
        column = next((one for one in columns if one.startswith(f"{task}_change")), None)
        if column is None:
            continue
        relative = column == f"{task}_change"
        for method, row in rows.items():
            raw = _raised(by_method.get(method, {}), by_method.get(SINGLE, {}), relative)
            change = float(row[column] or "nan")
            if abs(change) > 1e-9 and abs(raw) > 0:  # nan is neither
                yield task, raw * change > 0
                break


def _raised(own: Mapping[str, float], single: Mapping[str, float], relative: bool) -> float:
    """By how much a method's scores are above the single-task ones, in the mean over seeds."""
    rises = [
        (score - single[seed]) / (abs(single[seed]) if relative else 1.0)
        for seed, score in own.items()
        if single.get(seed)
    ]
    return math.fsum(rises) / len(rises) if rises else math.nan
