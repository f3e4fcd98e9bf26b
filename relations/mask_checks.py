"""What makes a mask sound: its tasks, its booleans, and what a mask file says beside them."""

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

UNDECIDED_CHOICES = ("point", "allow", "block")
EVIDENCE = ("change", "lower", "upper", "n", "verdict")


def mask_problems(tasks: tuple[str, ...], may_update: ArrayLike) -> list[str]:
    """What is wrong with a mask; empty when it is sound."""
    problems = []
    if not tasks:
        problems.append("must have at least one task.")
    if len(set(tasks)) < len(tasks):
        problems.append(f"must have unique tasks, got {', '.join(tasks)}.")
    try:
        values = np.asarray(may_update)
    except ValueError:  # rows of different lengths
        return [*problems, f"must have {len(tasks)} rows of {len(tasks)} booleans each."]
    if values.dtype != np.bool_:
        problems.append("`may_update` must hold true and false only; write true, not 1.")
    if values.shape != (len(tasks), len(tasks)):
        problems.append(
            f"`may_update` must be {len(tasks)} by {len(tasks)} for the tasks "
            f"{', '.join(tasks)}, got {' by '.join(map(str, values.shape)) or 'a single value'}."
        )
    elif values.dtype == np.bool_:
        problems.extend(
            f"`may_update` must be true on the diagonal; `{task}` may not update its own group."
            for task, own in zip(tasks, values.diagonal(), strict=True)
            if not own
        )
    return problems


def content_problems(content: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a mask file's content."""
    tasks = content.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
        return [f"`tasks` must be a list of names, got {short(tasks)}."]
    problems = mask_problems(tuple(tasks), content.get("may_update", []))
    threshold, undecided = content.get("threshold"), content.get("undecided")
    if threshold is not None and (
        isinstance(threshold, bool)
        or not isinstance(threshold, int | float)
        or not -1 < threshold <= 0
    ):
        problems.append(f"`threshold` must be null or in (-1, 0], got {short(threshold)}.")
    if undecided not in (None, *UNDECIDED_CHOICES):
        choices = ", ".join(UNDECIDED_CHOICES)
        problems.append(f"`undecided` must be null or one of {choices}, got {short(undecided)}.")
    problems.extend(_evidence_problems(content.get("evidence"), len(tasks)))
    if not isinstance(content.get("provenance"), dict | None):
        problems.append("`provenance` must be an object.")
    return problems


def _evidence_problems(evidence: Any, size: int) -> list[str]:
    """What is wrong with the evidence: each entry must be a [T][T] list."""
    if evidence is None:
        return []
    if not isinstance(evidence, dict):
        return ["`evidence` must be an object."]
    return [
        f"`evidence.{key}` must be {size} by {size}."
        for key in EVIDENCE
        if key in evidence
        and not (
            isinstance(evidence[key], list)
            and len(evidence[key]) == size
            and all(isinstance(row, list) and len(row) == size for row in evidence[key])
        )
    ]


def short(value: object, most: int = 60) -> str:
    """A value for a message."""
    text = json.dumps(value)
    return text if len(text) <= most else text[:most] + "..."
