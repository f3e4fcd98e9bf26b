"""`gradsplit relations SOURCE`: the change matrix with its uncertainty, and the harmful edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from gradsplit.commands.options.source import SourceOptions
from relations.errors import RelationsError

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.statistics.side_means import SideScore


@dataclass(kw_only=True)
class Relations(SourceOptions):
    """Show who harms whom, from a probe, a relation table or a runs table."""

    POSITION: ClassVar[int] = 310

    json: str | None = None
    """Also write everything as JSON to this file; - writes it alone to the standard output."""

    side: str | None = None
    """Also write every side score of the runs (csv), which nothing is judged by, to this file; -
    prints their means."""

    def run(self) -> int:
        """Print the relations."""
        graph = self.relations()
        if self.json == "-" and self.side == "-":
            raise RelationsError("Only one of --json and --side can go to the standard output.")
        side = self._side(graph)
        if self.json == "-":
            print(graph.to_json())
            return 0
        if self.json is not None:
            # Written first: a file that cannot be is said before, not below, a long table.
            file = Path(self.json)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(graph.to_json() + "\n")
        print(graph)
        if side:
            print(f"\n{side}")
        if self.json is not None:
            print(f"\nwritten: {self.json}")
        return 0

    def _side(self, graph: "RelationGraph") -> str:
        """What is to be said of side scores; writes them to their file if there is one."""
        from relations.statistics.side_means import side_csv, side_text

        scores = () if graph.changes is None else graph.changes.side
        if self.side is None:
            return side_hint(scores)
        if not scores:
            raise RelationsError(
                f"`{self.source}` has no side scores: leave --side out. A task set gives them "
                "beside its judged scores, a training program as `pose@name`."
            )
        if self.side == "-":
            return f"not judged, means over seeds:\n{side_text(scores, graph.tasks)}"
        file = Path(self.side)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(side_csv(scores))
        return f"written: {self.side}"


def side_hint(scores: "Sequence[SideScore]") -> str:
    """That there are side scores, where there are; else nothing."""
    if not scores:
        return ""
    tasks = dict.fromkeys(score.task for score in scores)
    return f"side scores, not judged: {len(scores)} of {', '.join(tasks)} (--side - shows them)"
