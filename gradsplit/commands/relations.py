"""`gradsplit relations SOURCE`: the change matrix with its uncertainty, and the harmful edges."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from gradsplit.commands.options.source import SourceOptions


@dataclass(kw_only=True)
class Relations(SourceOptions):
    """Show who harms whom, from a probe, a relation table or a runs table."""

    POSITION: ClassVar[int] = 50

    json: str | None = None
    """Also write everything as JSON to this file; - writes it alone to the standard output."""

    def run(self) -> int:
        """Print the relations."""
        graph = self.relations()
        if self.json == "-":
            print(graph.to_json())
            return 0
        if self.json is not None:
            # Written first: a file that cannot be is said before, not below, a long table.
            file = Path(self.json)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(graph.to_json() + "\n")
        print(graph)
        if self.json is not None:
            print(f"\nwritten: {self.json}")
        return 0
