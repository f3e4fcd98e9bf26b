"""The options of commands that read finished relations: a probe's folder or somebody's table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

if TYPE_CHECKING:
    from relations import ChangeMatrix, RelationGraph


@dataclass(kw_only=True)
class SourceOptions:
    """Where relations come from and how edges are judged."""

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
    """A probe's folder, a ledger, a relation table (csv) or a runs table (csv)."""
    threshold: float = -0.01
    """A change below this fraction of the single-task score is harmful; in (-1, 0]."""
    level: float = 0.95
    """Confidence level of verdicts, all edges together under the correction."""
    correction: Literal["holm", "bh", "none"] = "holm"
    """Correction for judging many edges: Holm, Benjamini-Hochberg, or none."""
    column: str | None = None
    """Which column of changes to read, for a long table with several."""

    def changes(self) -> "ChangeMatrix":
        """The change matrix of the source."""
        from relations.sources import load_changes

        return load_changes(self.source, column=self.column)

    def graph(self) -> "RelationGraph":
        """The relation graph of the source at the threshold."""
        from relations import RelationGraph

        return RelationGraph.from_changes(
            self.changes(), threshold=self.threshold, level=self.level, correction=self.correction
        )
