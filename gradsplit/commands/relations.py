"""`gradsplit relations SOURCE`: the change matrix with its doubt, and the harmful edges."""

import json
from dataclasses import dataclass
from pathlib import Path

from gradsplit.commands.source import SourceOptions


@dataclass(kw_only=True)
class Relations(SourceOptions):
    """Show who harms whom, from a probe, a relation table or a runs table."""

    json: str | None = None
    """Also write everything as JSON to this file; - writes it alone to the standard output."""

    def run(self) -> int:
        """Print the relations."""
        text, content = self._told()
        if self.json == "-":
            print(content)
            return 0
        print(text)
        if self.json is not None:
            Path(self.json).write_text(content + "\n")
            print(f"\nwritten: {self.json}")
        return 0

    def _told(self) -> tuple[str, str]:
        """The relations in words and as JSON."""
        estimated = self.judged_estimate()
        if estimated is None:
            _, graph = self.judged()
            return str(graph), graph.to_json()
        from gradsplit.studies.estimates.text import described_estimate, estimate_as_json

        return described_estimate(*estimated), json.dumps(estimate_as_json(*estimated), indent=2)
