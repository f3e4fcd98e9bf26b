"""The estimate file: JSON, one file an estimator."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from relations.errors import all_problems
from relations.estimates.estimate import Estimate, EstimateError, Matrix
from relations.ledger.companion import companion
from relations.tables.json_text import read_json

FORMAT = "gradsplit-estimate"
VERSION = 1
MOST_SECONDS = 1e12
_NEEDED = ("estimator", "unit", "tasks", "seeds", "values")


def estimate_name(estimator: str) -> str:
    """The name of an estimator's file in a probe's folder.

    Example:
        >>> estimate_name("lookahead")
        'estimate-lookahead.json'
    """
    return f"estimate-{estimator}.json"


def save_estimate(estimate: Estimate, path: str | Path) -> None:
    """Write an estimate; whoever reads meanwhile sees the old file or the new, never half."""
    path = Path(path)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "estimator": estimate.estimator,
        "unit": estimate.unit,
        "symmetric": estimate.symmetric,
        "tasks": list(estimate.tasks),
        "seeds": list(estimate.seeds),
        "values": with_null(estimate.samples),
        "se": None if estimate.noise is None else with_null(estimate.noise),
        "trainings": estimate.trainings,
        "seconds": estimate.seconds,
        "settings": dict(estimate.settings),
        "diagnostics": [dict(of_seed) for of_seed in estimate.diagnostics],
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    half = path.with_name(f".{path.name}.part")
    half.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    half.replace(path)


def load_estimate(path: str | Path) -> Estimate:
    """Read an estimate file.

    Raises:
        EstimateError: It is missing, cut off, no estimate, of a later version or unsound; all
            problems at once.
    """
    path = Path(path)
    content = _content(path)
    missing = [name for name in _NEEDED if name not in content]
    if missing:
        raise EstimateError(f"The estimate `{path}` must have {', '.join(missing)}.")
    problems = _problems(content)
    if problems:
        raise EstimateError(all_problems(f"`{path}` is unsound", problems))
    try:
        values = _with_nan(content["values"])
        noise = None if content.get("se") is None else _with_nan(content["se"])
    except (TypeError, ValueError, OverflowError) as wrong:
        raise EstimateError(
            f"`{path}` is unsound: `values` and `se` must be [seeds][tasks][tasks] numbers or "
            f"null ({wrong})."
        ) from wrong
    return Estimate(
        content["estimator"],
        content["unit"],
        tuple(content["tasks"]),
        tuple(content["seeds"]),
        values,
        noise,
        trainings=float(content.get("trainings") or 0.0),
        seconds=float(content.get("seconds") or 0.0),
        symmetric=bool(content.get("symmetric", False)),
        settings=content.get("settings") or {},
        diagnostics=tuple(content.get("diagnostics") or ()),
    )


def _problems(content: Mapping[str, Any]) -> list[str]:
    """What is of the wrong kind in an estimate's file, beside its matrices."""

    def is_list(name: str, *kinds: type) -> bool:
        given = content.get(name) or []
        return isinstance(given, list) and all(type(each) in kinds for each in given)

    def is_amount(name: str) -> bool:
        given = content.get(name) or 0.0
        return type(given) in (int, float) and 0 <= given < MOST_SECONDS

    sound = {
        "`estimator` must be a text": isinstance(content["estimator"], str),
        "`unit` must be a text": isinstance(content["unit"], str),
        "`tasks` must be a list of names": is_list("tasks", str) and bool(content["tasks"]),
        "`seeds` must be a list of whole numbers": is_list("seeds", int) and bool(content["seeds"]),
        "`trainings` must be a number, not negative": is_amount("trainings"),
        "`seconds` must be a number, not negative": is_amount("seconds"),
        "`settings` must be an object": isinstance(content.get("settings") or {}, dict),
        "`diagnostics` must be a list of objects": is_list("diagnostics", dict),
    }
    problems = [f"{what}." for what, is_so in sound.items() if not is_so]
    for name in ("settings", "diagnostics"):
        try:
            json.dumps(content.get(name), allow_nan=False)
        except ValueError:
            problems.append(f"`{name}` must hold JSON values; NaN and Infinity are none.")
    return problems


def load_estimates(folder: str | Path) -> list[Estimate]:
    """The estimates in a probe's folder, by the name of their file.

    Raises:
        EstimateError: There are none, or one cannot be read.
    """
    folder = Path(folder)
    paths = sorted(folder.glob(estimate_name("*")))
    if not paths:
        raise EstimateError(
            f"There is no estimate in `{folder}`. Make one with `gradsplit probe TASKSET --out "
            f"{'DIR' if folder.is_file() else folder} --estimator lookahead`, or name files with "
            "--estimates."
        )
    return [load_estimate(path) for path in paths]


def is_estimate_file(path: str | Path) -> bool:
    """Whether a file says that it is an estimate's, mostly by how it begins."""
    path = Path(path)
    if not path.is_file() or companion(path).is_file():
        return False  # a ledger that this process may have open must not be opened beside it
    with path.open("rb") as file:
        start = file.read(200).removeprefix(BOM_UTF8).lstrip()
    if FORMAT.encode() in start or not start.startswith(b"{"):
        return start.startswith(b"{")
    # Another program may have put the keys into another order.
    try:
        content = read_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def _content(path: Path) -> dict[str, Any]:
    """The file's content, of the right format and version."""
    try:
        content = read_json(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise EstimateError(f"There is no estimate file `{path}`.") from error
    except (OSError, ValueError) as error:
        raise EstimateError(
            f"`{path}` cannot be read as an estimate ({error}); it may have been cut off. Make the "
            "estimate again, or copy the whole file."
        ) from error
    problems = []
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        problems.append(f'`format` must be "{FORMAT}".')
    elif content.get("version") != VERSION:
        problems.append(
            f"this program reads version {VERSION}, the file has version {content.get('version')}. "
            "Use a newer gradsplit, or make the estimate again with this one."
        )
    if problems:
        raise EstimateError(all_problems(f"`{path}` is no estimate that can be read", problems))
    return content


def with_null(values: Matrix) -> Any:
    """An array as nested lists, None for NaN, which JSON has not."""
    if values.ndim:
        return [with_null(value) for value in values]
    return None if np.isnan(values) else float(values)


def _with_nan(values: Any) -> Matrix:
    return np.array(values, dtype=np.float64)
