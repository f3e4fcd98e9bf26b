"""Estimates in words and as JSON, for the terminal."""

from typing import TYPE_CHECKING, Any

from relations.estimates.estimate_file import with_null

if TYPE_CHECKING:
    from relations.estimates.estimate import Estimate
    from relations.graph import RelationGraph

MOST_LISTED = 20


def described_estimate(estimate: "Estimate", graph: "RelationGraph") -> str:
    """The values, the edges that the cut takes for harmful, and what that is worth."""
    cut = graph.graph["estimate"]["cut"]
    harmful = [f"{source} -> {target}" for source, target in graph.harmful()]
    listed = ", ".join(harmful[:MOST_LISTED]) or "none"
    if len(harmful) > MOST_LISTED:
        listed += f" and {len(harmful) - MOST_LISTED} more"
    lines = [
        str(estimate),
        "",
        f"taken for harmful (below {graph.threshold:.3g}, cut: {cut}): {listed}",
    ]
    unknown = graph.with_verdict("unknown")
    if unknown:
        lines.append("unknown: " + ", ".join(f"{one} -> {other}" for one, other in unknown))
    lines.append(
        "This is an estimate, not a probe: no edge is decided. Its agreement with a probe is "
        "measured by `gradsplit agreement`."
    )
    return "\n".join(lines)


def estimate_as_json(estimate: "Estimate", graph: "RelationGraph") -> dict[str, Any]:
    """Tasks, unit, cut and values; unknown values are null."""
    return {
        "tasks": list(estimate.tasks),
        **graph.graph["estimate"],
        "values": with_null(estimate.mean),
        "se": with_null(estimate.se),
        "harmful": [list(edge) for edge in graph.harmful()],
        "trainings": estimate.trainings,
        "seconds": estimate.seconds,
        "diagnostics": [dict(one) for one in estimate.diagnostics],
    }
