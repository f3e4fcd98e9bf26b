"""`gradsplit relations SOURCE`: the change matrix with its doubt, and the harmful edges."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.commands.source import SourceOptions

if TYPE_CHECKING:
    from relations import ChangeMatrix, RelationGraph


@dataclass(kw_only=True)
class Relations(SourceOptions):
    """Show who harms whom, from a probe, a relation table or a runs table."""

    json: str | None = None
    """Also write everything as JSON to this file; - writes it alone to the standard output."""

    def run(self) -> int:
        """Print the relations."""
        graph = self.graph()
        changes = graph.changes
        if self.json == "-":
            json.dump(as_json(changes, graph), sys.stdout, indent=2)
            print()
            return 0
        print(described(changes, graph))
        if self.json is not None:
            Path(self.json).write_text(json.dumps(as_json(changes, graph), indent=2) + "\n")
            print(f"\nwritten: {self.json}")
        return 0


def described(changes: "ChangeMatrix", graph: "RelationGraph") -> str:
    """The matrix, the harmful edges and what is not known, as the command prints them."""
    return f"{changes}\n\n{graph.describe()}"


def as_json(changes: "ChangeMatrix", graph: "RelationGraph") -> dict[str, Any]:
    """Tasks, threshold and every edge with its numbers; unknown numbers are null."""
    return {
        "tasks": list(changes.tasks),
        "threshold": graph.graph["threshold"],
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
