"""`gradsplit relations SOURCE`: the change matrix with its doubt, and the harmful edges."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.commands.source import SourceOptions

if TYPE_CHECKING:
    from relations import ChangeMatrix, RelationGraph
    from relations.estimates.estimate import Estimate


@dataclass(kw_only=True)
class Relations(SourceOptions):
    """Show who harms whom, from a probe, a relation table or a runs table."""

    json: str | None = None
    """Also write everything as JSON to this file; - writes it alone to the standard output."""

    def run(self) -> int:
        """Print the relations."""
        estimated = self.judged_estimate()
        if estimated is not None:
            return self._estimated(*estimated)
        changes, graph = self.judged()
        if self.json == "-":
            json.dump(as_json(changes, graph), sys.stdout, indent=2)
            print()
            return 0
        print(described(changes, graph))
        if self.json is not None:
            Path(self.json).write_text(json.dumps(as_json(changes, graph), indent=2) + "\n")
            print(f"\nwritten: {self.json}")
        return 0

    def _estimated(self, estimate: "Estimate", graph: "RelationGraph") -> int:
        """Print an estimate."""
        from gradsplit.studies.estimates.text import described_estimate, estimate_as_json

        if self.json == "-":
            json.dump(estimate_as_json(estimate, graph), sys.stdout, indent=2)
            print()
            return 0
        print(described_estimate(estimate, graph))
        if self.json is not None:
            text = json.dumps(estimate_as_json(estimate, graph), indent=2)
            Path(self.json).write_text(text + "\n")
            print(f"\nwritten: {self.json}")
        return 0


def described(changes: "ChangeMatrix", graph: "RelationGraph") -> str:
    """The matrix, the harmful edges, and how sure each of them is."""
    lines = [str(changes), ""]
    harmful = graph.harmful()
    lines.append(
        f"harmful edges (mean change below {graph.threshold:.2%}): {len(harmful) or 'none'}"
    )
    width = max((len(source) + len(target) for source, target in harmful), default=0)
    lines += [_edge_line(graph, edge, width) for edge in harmful]
    if bool((changes.n <= 1).all()):
        lines.append("no repeats: edges are judged by their value, and no doubt is known")
        return "\n".join(lines)
    undecided = [edge for edge in graph.with_verdict("undecided") if edge not in set(harmful)]
    if undecided:
        lines.append(f"not harmful by the mean, but undecided: {_listed(undecided)}")
    unknown = graph.with_verdict("unknown")
    if unknown:
        lines.append(f"unknown, runs missing or failed: {_listed(unknown)}")
    lines.append(
        f"verdicts at the {graph.graph['level']:.0%} level, "
        f"correction {graph.graph['correction']}: "
        + ", ".join(
            f"{len(graph.with_verdict(verdict))} {verdict}"
            for verdict in ("harmful", "not harmful", "undecided", "unknown")
            if graph.with_verdict(verdict)
        )
    )
    return "\n".join(lines)


def _edge_line(graph: "RelationGraph", edge: tuple[str, str], width: int) -> str:
    """One edge with its change, interval and verdict."""
    source, target = edge
    seen = graph.edges[edge]
    line = f"  {source} -> {target}{' ' * (width - len(source) - len(target))}"
    line += f"  {seen['change']:+.2%}"
    if seen["n"] > 1:
        doubt = "beyond doubt" if seen["verdict"] == "harmful" else seen["verdict"]
        line += f"  [{seen['lower']:+.2%}, {seen['upper']:+.2%}]  {doubt}"
    return line


def _listed(edges: list[tuple[str, str]], most: int = 12) -> str:
    text = ", ".join(f"{source} -> {target}" for source, target in edges[:most])
    return text if len(edges) <= most else f"{text} and {len(edges) - most} more"


def as_json(changes: "ChangeMatrix", graph: "RelationGraph") -> dict[str, Any]:
    """Tasks, threshold and every edge with its numbers; unknown numbers are null."""
    return {
        "tasks": list(changes.tasks),
        "threshold": graph.threshold,
        "level": graph.graph["level"],
        "correction": graph.graph["correction"],
        "harmful": [list(edge) for edge in graph.harmful()],
        "harmful_beyond_doubt": [list(edge) for edge in graph.harmful(sure=True)],
        "edges": [
            {"source": source, "target": target}
            | {name: _number(value) for name, value in attributes.items()}
            for source, target, attributes in graph.edges(data=True)
        ],
    }


def _number(value: Any) -> Any:
    """JSON has no NaN: what is not known is null."""
    return None if isinstance(value, float) and value != value else value
