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

    lower: tuple[str, ...] = ()
    """Tasks of a runs table whose metric is better lower, when the table does not say."""

    shrink: Literal["auto", "on", "off"] = "auto"
    """Shrink variances over edges: auto does so up to five seeds."""

    def judged(self) -> "tuple[ChangeMatrix, RelationGraph]":
        """The change matrix of the source and the relation graph at the threshold."""
        from relations import RelationGraph
        from relations.sources import load_changes

        changes = load_changes(
            self.source,
            column=self.column,
            higher_is_better=dict.fromkeys(self.lower, False) or None,
            level=self.level,
            shrink={"auto": None, "on": True, "off": False}[self.shrink],
        )
        return changes, RelationGraph.from_changes(
            changes, threshold=self.threshold, level=self.level, correction=self.correction
        )
