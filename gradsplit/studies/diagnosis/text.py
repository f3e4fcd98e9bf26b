"""A diagnosis for people and for programs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.advice import Recommendation
    from gradsplit.studies.diagnosis.clinic import Diagnosis


def described(found: "Diagnosis") -> str:
    """A diagnosis as text: the table, the cause, what to do, what it gains and costs."""
    from analysis.diagnosis.table import diagnosis_table
    from gradsplit.studies.diagnosis.advice import advice

    source, target = found.edge
    spent = sum(row.cost for row in found.rows)
    named, best = found.named, found.recommended
    also = f"; also removed by: {', '.join(named.also)}" if named.also else ""
    one = None if best is None else best.intervention
    lines = [
        f"{source} -> {target}: {100 * found.change:+.1f} % ({found.verdict})",
        diagnosis_table(found.rows).text(),
        *(f"not examined: {why}" for why in found.left_out),
        f"cause: {named}{also}",
        f"what to do: {advice(named, found.edge, one)}",
    ]
    if best is not None:
        lines.append(f"measured: {_brings(best, found.edge)}")
        if best.source < -best.target:
            lines.append(f"mind: it costs {source} more than it gives {target}.")
    if found.apart is not None and (best is None or one is not None):
        lines.append(f"apart: {_brings(found.apart, found.edge)}")
    if named.open and (seeds := _seeds_to_decide(found)):
        lines.append(f"to decide it: {seeds} seeds, {spent:g} pair runs each")
    return "\n".join([*lines, f"cost: {spent:g} pair runs a seed"])


def _brings(what: "Recommendation", edge: tuple[str, str]) -> str:
    """The gain of the target, the cost for the source, and the compute."""
    source, target = edge
    how = "each trained alone" if what.intervention is None else what.intervention.name
    return (
        f"{target} {100 * what.target:+.1f} %, {source} {100 * what.source:+.1f} % against the "
        f"pair as it was ({how}); compute: {what.extra}"
    )


def _seeds_to_decide(found: "Diagnosis") -> str:
    """What the undecided lines need, the most of them; empty where none is undecided."""
    from relations.statistics.sample_size import MOST_SEEDS

    rows = [row.removed for row in found.rows if row.removed.verdict == "undecided"]
    needed = [one.seeds_to_decide for one in rows]
    known = [one for one in needed if one is not None]
    if not needed:
        return ""
    return f"about {max(known)}" if len(known) == len(needed) else f"more than {MOST_SEEDS}"


def as_json(found: "Diagnosis") -> dict[str, Any]:
    """A diagnosis as JSON values; what is not known is None."""
    return {
        "source": found.edge[0],
        "target": found.edge[1],
        "change": found.change,
        "verdict": found.verdict,
        "cause": found.named.cause,
        "open": list(found.named.open),
        "also": list(found.named.also),
        "stages": list(found.stages),
        "recommended": _as_json(found.recommended),
        "apart": _as_json(found.apart),
        "not examined": list(found.left_out),
        "interventions": [_without_nan(asdict(row)) for row in found.rows],
    }


def _as_json(what: "Recommendation | None") -> dict[str, Any] | None:
    if what is None:
        return None
    return {
        "intervention": None if what.intervention is None else what.intervention.name,
        "target": what.target,
        "source": what.source,
        "extra": asdict(what.extra),
    }


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nan(value)
        if isinstance(value, dict)
        else None
        if isinstance(value, float) and value != value
        else value
        for key, value in values.items()
    }
