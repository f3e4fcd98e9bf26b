"""`diagnosis.json`, what `gradsplit diagnose` has found: read, or refused as not sound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import Any

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED, Removed, Row
from relations.change_kinds import ChangeKind
from relations.errors import TableError, TaskError, all_problems
from relations.tables.json_text import read_json

DIAGNOSIS = "diagnosis.json"
_AGAIN = "Write it again with `gradsplit diagnose`, or move it away."
_VERDICTS = (REMOVES, KEEPS, UNDECIDED)
_VERDICTS_TEXT = f"{REMOVES}, {KEEPS} or {UNDECIDED}"
_LARGEST = 1e12
"""No change, share or cost of a training is larger; neither infinity nor what is no number."""
_SHARE = ("share", "lower", "upper")


@dataclass(frozen=True)
class Remedy:
    """What is recommended for an edge, and what it was measured to bring.

    Attributes:
        intervention: Its name; None is training the two tasks apart.
        target, source: Changes of the two tasks' mean scores against the pair as it was.
    """

    intervention: str | None
    target: float
    source: float


@dataclass(frozen=True)
class DiagnosedEdge:
    """What a diagnosis says of an edge.

    Attributes:
        source, target: The edge.
        change: Mean change of the target when it was diagnosed.
        kinds: How changes of the source and of the target are measured.
        cause: The cause that is named; None where none is.
        open: Causes that the evidence leaves open.
        remedy: What is recommended; None while that is undecided.
        rows: What each intervention showed.
        left_out: Why some causes were not examined.
    """

    source: str
    target: str
    change: float
    kinds: tuple[ChangeKind, ChangeKind]
    cause: str | None
    open: tuple[str, ...]
    remedy: Remedy | None
    rows: tuple[Row, ...]
    left_out: tuple[str, ...]

    @property
    def best(self) -> Row | None:
        """The recommended intervention's row; else of the cures the surest one; None of none."""
        if self.remedy is not None and self.remedy.intervention is not None:
            return next((r for r in self.rows if r.intervention == self.remedy.intervention), None)
        cures = [row for row in self.rows if not row.control and row.removed.share > 0]
        return max(
            cures, key=lambda row: (_surest(row.removed.lower), row.removed.share), default=None
        )


def read_diagnosis(path: Path) -> tuple[DiagnosedEdge, ...]:
    """The edges of a diagnosis' file.

    Raises:
        TableError: It is no such file, or not sound.
    """
    try:
        content = read_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise TableError(f"`{path}` cannot be read as JSON ({error}). {_AGAIN}") from error
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise TableError(f"`{path}` must be a list with an object an edge. {_AGAIN}")
    problems = [wrong for place, one in enumerate(content) for wrong in _problems(place, one)]
    if problems:
        heading = f"`{path}` is not a sound diagnosis. {_AGAIN}"
        raise TableError(all_problems(heading.rstrip("."), problems))
    return tuple(map(_edge, content))


def _problems(place: int, one: Mapping[str, Any]) -> Iterator[str]:
    """Everything that is wrong with an edge of the file."""
    edge = f"edge {place + 1}"
    if not all(isinstance(one.get(key), str) for key in ("source", "target")):
        yield f"{edge}: `source` and `target` must be names of tasks."
    if not _is_number(one.get("change")):
        yield f"{edge}: `change` must be a number."
    if not isinstance(one.get("cause"), str | None):
        yield f"{edge}: `cause` must be a text or null."
    if not all(_are_texts(one.get(key)) for key in ("open", "not examined")):
        yield f"{edge}: `open` and `not examined` must be lists of texts."
    if not _is_remedy(one.get("recommended")):
        yield f"{edge}: `recommended` must be null, or hold intervention, target and source."
    rows = one.get("interventions")
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        yield (
            f"{edge}: `interventions` must be a list of objects with intervention, cause, target, "
            f"source, cost and removed (share, lower, upper, seeds, verdict: {_VERDICTS_TEXT})."
        )
    yield from _kind_problems(edge, one)


def _kind_problems(edge: str, one: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how an edge's changes are measured."""
    facts = one.get("changes", {})
    if not isinstance(facts, dict) or not all(isinstance(kind, dict) for kind in facts.values()):
        yield f"{edge}: `changes` must be an object of objects."
        return
    for task, kind in facts.items():
        try:
            ChangeKind.of_facts(kind)
        except TaskError as wrong:
            yield f"{edge}: `changes` of {task}: {wrong}"


def _is_row(row: object) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("removed"), dict):
        return False
    removed = row["removed"]
    return (
        all(isinstance(row.get(key), str) for key in ("intervention", "cause"))
        and all(_is_number(row.get(key, ""), or_null=True) for key in ("target", "source"))
        and all(
            _is_number(removed.get(key, ""), or_null=True) for key in ("share", "lower", "upper")
        )
        and removed.get("verdict") in _VERDICTS
        and all(_is_number(number) for number in (row.get("cost"), removed.get("seeds")))
        and _is_number(removed.get("seeds_to_decide"), or_null=True)
    )


def _is_remedy(best: object) -> bool:
    return best is None or (
        isinstance(best, dict)
        and isinstance(best.get("intervention", 0), str | None)
        and all(_is_number(best.get(key)) for key in ("target", "source"))
    )


def _is_number(value: object, *, or_null: bool = False) -> bool:
    if value is None:
        return or_null
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _edge(one: Mapping[str, Any]) -> DiagnosedEdge:
    facts = one.get("changes", {})
    best = one.get("recommended")
    return DiagnosedEdge(
        source=one["source"],
        target=one["target"],
        change=one["change"],
        kinds=(
            ChangeKind.of_facts(facts.get(one["source"], {})),
            ChangeKind.of_facts(facts.get(one["target"], {})),
        ),
        cause=one.get("cause"),
        open=tuple(one["open"]),
        remedy=best and Remedy(best["intervention"], best["target"], best["source"]),
        rows=tuple(map(_row, one["interventions"])),
        left_out=tuple(one["not examined"]),
    )


def _row(row: Mapping[str, Any]) -> Row:
    removed = row["removed"]
    lower, upper = removed["lower"], removed["upper"]
    if lower is None and upper is None:
        lower = upper = nan
    ends = {"lower": -inf if lower is None else lower, "upper": inf if upper is None else upper}
    return Row(
        row["intervention"],
        row["cause"],
        Removed(
            share=_or_nan(removed["share"]),
            verdict=removed["verdict"],
            seeds=removed["seeds"],
            seeds_to_decide=removed.get("seeds_to_decide"),
            **ends,
        ),
        _or_nan(row["target"]),
        _or_nan(row["source"]),
        row["cost"],
    )


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _surest(lower: float) -> float:
    return lower if lower == lower else -inf  # NaN
