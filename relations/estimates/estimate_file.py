"""The estimate file: JSON, one file an estimator."""

import json
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import numpy as np

from relations.errors import all_problems
from relations.estimates.estimate import Estimate, EstimateError, Matrix

FORMAT = "gradsplit-estimate"
VERSION = 1
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
    try:
        values = _with_nan(content["values"])
        noise = None if content.get("se") is None else _with_nan(content["se"])
        tasks = tuple(str(task) for task in content["tasks"])
        seeds = tuple(int(seed) for seed in content["seeds"])
    except (TypeError, ValueError) as wrong:
        raise EstimateError(
            f"`{path}` is unsound: `values` and `se` must be [seeds][tasks][tasks] numbers or "
            f"null ({wrong})."
        ) from wrong
    return Estimate(
        str(content["estimator"]),
        str(content["unit"]),
        tasks,
        seeds,
        values,
        noise,
        trainings=float(content.get("trainings") or 0.0),
        seconds=float(content.get("seconds") or 0.0),
        symmetric=bool(content.get("symmetric", False)),
        settings=content.get("settings") or {},
        diagnostics=tuple(content.get("diagnostics") or ()),
    )


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
            f"{folder} --estimator lookahead`, or name files with --estimates."
        )
    return [load_estimate(path) for path in paths]


def is_estimate_file(path: str | Path) -> bool:
    """Whether a file begins as an estimate file does; nothing else of it is looked at."""
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(200).removeprefix(BOM_UTF8).lstrip()
    return start.startswith(b"{") and FORMAT.encode() in start


def _content(path: Path) -> dict[str, Any]:
    """The file's content, of the right format and version."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise EstimateError(f"There is no estimate file `{path}`.") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
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
