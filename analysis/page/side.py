"""The sections of side scores: behind a click, and outside of everything that is judged."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from relations.side_scores import parted
from relations.statistics.side_means import SideScore

Means = Mapping[str, float]
"""Column -> mean."""


def beside_sources(scores: Sequence[SideScore], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """A table a target: its side scores alone and beside each source.

    Args:
        scores: Of a probe's runs.
        tasks: In the order of the columns.
    """
    tables = []
    for target in tasks:
        own = [score for score in scores if score.task == target]
        sources = [task for task in tasks if any(task in score.beside for score in own)]
        rows = {
            score.name: {
                "alone": score.mean(),
                **{f"with {source}": score.mean(source) for source in sources},
            }
            for score in own
        }
        tables += _table(target, rows, ["alone", *(f"with {source}" for source in sources)])
    return tables


def of_methods(lines: Sequence[Sequence[str]], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """A table a task: its side scores by each of the compared methods.

    Args:
        lines: Of a comparison's side_scores.csv, the header first: method, seed, task, score.
        tasks: Of the comparison.
    """
    values: dict[str, dict[str, dict[str, list[float]]]] = {task: {} for task in tasks}
    for method, _, key, score in lines[1:]:
        own = parted(key, tasks)
        if own is not None:
            values[own[0]].setdefault(own[1], {}).setdefault(method, []).append(float(score))
    methods = list(dict.fromkeys(method for method, *_ in lines[1:]))
    tables = []
    for task, names in values.items():
        rows = {
            name: {method: math.fsum(seeds) / len(seeds) for method, seeds in of_name.items()}
            for name, of_name in names.items()
        }
        tables += _table(task, rows, methods)
    return tables


def _table(task: str, rows: Mapping[str, Means], columns: Sequence[str]) -> list[dict[str, Any]]:
    """A task's table, widest differences first; none where it has no side score."""
    ordered = sorted(rows.items(), key=lambda item: -_spread(item[1]))
    cells = [
        {"name": name, "cells": [_text(means.get(column, math.nan)) for column in columns]}
        for name, means in ordered
    ]
    return [{"task": task, "columns": list(columns), "rows": cells}] if cells else []


def _spread(means: Means) -> float:
    known = [mean for mean in means.values() if not math.isnan(mean)]
    return max(known) - min(known) if len(known) > 1 else -1.0


def _text(mean: float) -> str:
    return "–" if math.isnan(mean) else f"{mean:.4g}"
