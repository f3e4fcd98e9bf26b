"""The mask file, the contract between finding relations and training, and what makes it sound."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from relations.change_kinds import ChangeKind
from relations.errors import MaskError, TaskError, all_problems, did_you_mean_file
from relations.tables.json_text import read_json
from relations.tables.plain_text import has_commands
from relations.tables.whole_file import write_whole

FORMAT = "gradsplit-mask"
VERSION = 1
VERSION_OF_KINDS = 2
"""Of files with absolute or standardised changes: an earlier release, which would take their
evidence for fractions, refuses it."""
MOST = sys.float_info.max
UNDECIDED_CHOICES = ("point", "allow", "block")
EVIDENCE = ("change", "lower", "upper", "n", "verdict")
KEYS = ("tasks", "may_update", "threshold", "changes", "undecided", "evidence", "provenance")


def write_mask(path: Path, text: str) -> None:
    """Write a mask file, replacing an old one in one step.

    Args:
        path: The file; its folder must exist.
        text: From `mask_text`.

    Raises:
        MaskError: It cannot be written there.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise MaskError(f"The mask cannot be written to `{path}` ({error.strerror}).") from error


def mask_text(content: dict[str, Any]) -> str:
    """A mask as JSON, one line a row.

    Args:
        content: The arguments of `GradientMask`; `changes` only where some are not relative.
    """
    version = VERSION_OF_KINDS if content.get("changes") else VERSION
    written = {key: value for key, value in content.items() if key != "changes" or value}
    content = {"format": FORMAT, "version": version, **written}
    lines = [f"  {json.dumps(key)}: {_compact(value)}" for key, value in content.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any, depth: int = 1) -> str:
    """JSON with one line for each matrix row and each key of a mapping."""
    indent = "  " * (depth + 1)
    end = "\n" + "  " * depth
    if isinstance(value, dict) and value:
        items = [
            f"{indent}{json.dumps(key)}: {_compact(item, depth + 1)}" for key, item in value.items()
        ]
        return "{\n" + ",\n".join(items) + end + "}"
    if isinstance(value, list) and value and all(isinstance(item, list) for item in value):
        return "[\n" + ",\n".join(indent + json.dumps(item) for item in value) + end + "]"
    return json.dumps(value, allow_nan=False)


def read_mask(path: Path) -> dict[str, Any]:
    """The arguments of `GradientMask` from a mask file.

    Raises:
        MaskError: The file is missing, cut off, no mask, of a later version or unsound.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise MaskError(f"There is no mask file `{path}`.{did_you_mean_file(path)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise MaskError(f"`{path}` cannot be read as a mask file ({error}).") from error
    if text.strip() and not text.lstrip().startswith(("{", "[")):
        raise MaskError(
            f"`{path}` is no mask file, which is JSON. If it holds relations or runs, "
            f"`gradsplit mask {path} --out mask.json` makes one."
        )
    try:
        content = read_json(text)
    except json.JSONDecodeError as error:
        raise MaskError(
            f"`{path}` is not complete JSON (line {error.lineno}: {error.msg}); it may have been "
            "cut off. Make the mask again, or copy the whole file."
        ) from error
    except ValueError as error:
        raise MaskError(f"`{path}` cannot be read as JSON: {error}.") from error
    problems = _format_problems(content) or _content_problems(content)
    if problems:
        raise MaskError(all_problems(f"`{path}` is not a sound mask", problems))
    return {key: content.get(key) for key in KEYS}


def _format_problems(content: Any) -> list[str]:
    """Whether it is a mask file of a version that this program reads."""
    given = content.get("format") if isinstance(content, dict) else content
    if not isinstance(content, dict) or given != FORMAT:
        return [f'`format` must be "{FORMAT}", got {_short(given)}.']
    version = content.get("version")
    if version in (VERSION, VERSION_OF_KINDS):
        return []
    return [
        f"this program reads versions {VERSION} and {VERSION_OF_KINDS}, the file has version "
        f"{_short(version)}. Use a newer gradsplit, or make the mask again with this one."
    ]


def mask_problems(tasks: tuple[str, ...], may_update: ArrayLike) -> list[str]:
    """What is wrong with a mask; empty when it is sound."""
    problems = []
    if not tasks:
        problems.append("must have at least one task.")
    if len(set(tasks)) < len(tasks):
        problems.append(f"must have unique tasks, got {', '.join(tasks)}.")
    problems.extend(
        f"the task {task!a} must be free of control and direction characters; rename it."
        for task in tasks
        if has_commands(task)
    )
    try:
        values = np.asarray(may_update)
    except ValueError:  # rows of different lengths
        return [*problems, f"must have {len(tasks)} rows of {len(tasks)} booleans each."]
    if values.dtype.kind in "iuf" and set(values.ravel().tolist()) <= {0, 1}:
        values = values.astype(bool)
    if values.dtype != np.bool_:
        problems.append("`may_update` must hold true and false only (or 1 and 0).")
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


def _content_problems(content: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a mask file's content."""
    tasks = content.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
        return [f"`tasks` must be a list of names, got {_short(tasks)}."]
    problems = mask_problems(tuple(tasks), content.get("may_update", []))
    threshold, undecided = content.get("threshold"), content.get("undecided")
    if threshold is not None and (
        isinstance(threshold, bool)
        or not isinstance(threshold, int | float)
        or not -1 < threshold <= 0
    ):
        problems.append(f"`threshold` must be null or in (-1, 0], got {_short(threshold)}.")
    if undecided not in (None, *UNDECIDED_CHOICES):
        choices = ", ".join(UNDECIDED_CHOICES)
        problems.append(f"`undecided` must be null or one of {choices}, got {_short(undecided)}.")
    problems.extend(_kind_problems(content, tasks))
    problems.extend(_evidence_problems(content.get("evidence"), len(tasks)))
    provenance = content.get("provenance")
    if not isinstance(provenance, dict | None):
        problems.append("`provenance` must be an object.")
    elif not _is_json(provenance):
        problems.append("`provenance` must hold JSON values; NaN and Infinity are none.")
    return problems


def _kind_problems(content: dict[str, Any], tasks: list[str]) -> list[str]:
    """What is wrong with how changes are measured: each task's kind, unit and threshold."""
    changes = content.get("changes")
    if changes is None:
        missing = content["version"] == VERSION_OF_KINDS
        return ["`changes` must say how each task's change is measured."] if missing else []
    if not isinstance(changes, dict) or sorted(changes) != sorted(tasks):
        return [f"`changes` must have an entry for each of {', '.join(tasks)}."]
    problems = [] if _is_json(changes) else ["`changes` must hold JSON values."]
    for task, facts in changes.items():
        try:
            ChangeKind.of_facts(facts if isinstance(facts, dict) else {"kind": facts})
        except TaskError as wrong:
            problems.append(f"`changes.{task}`: {wrong}")
    return problems


def _is_json(value: Any) -> bool:
    """Whether a value read from a file can be written again as any JSON reader takes it."""
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return False
    return True


def _evidence_problems(evidence: Any, size: int) -> list[str]:
    """What is wrong with the evidence: each entry must be a [T][T] list."""
    if evidence is None:
        return []
    if not isinstance(evidence, dict):
        return ["`evidence` must be an object."]
    return [
        f"`evidence.{key}` must be {size} by {size} texts, numbers or null."
        for key, rows in evidence.items()
        if not (
            isinstance(rows, list)
            and len(rows) == size
            and all(isinstance(row, list) and len(row) == size for row in rows)
            and all(_is_cell(cell) for row in rows for cell in row)
        )
    ]


def _is_cell(cell: Any) -> bool:
    # A comparison, since a whole number may be too long to be made a float.
    return (
        cell is None or isinstance(cell, str) or (type(cell) in (int, float) and abs(cell) <= MOST)
    )


def _short(value: object, most: int = 60) -> str:
    """A value for a message."""
    text = json.dumps(value)
    return text if len(text) <= most else text[:most] + "..."
