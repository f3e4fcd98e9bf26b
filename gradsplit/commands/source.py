"""The options of commands that read finished relations: a probe's folder or somebody's table."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

if TYPE_CHECKING:
    from relations import ChangeMatrix, RelationGraph
    from relations.estimates.estimate import Estimate


@dataclass(kw_only=True)
class SourceOptions:
    """Where relations come from and how edges are judged."""

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
    """A probe's folder, a ledger, a relation table (csv), a runs table (csv) or an estimate (json).
    """
    threshold: float | None = None
    """A change below this fraction of the single-task score is harmful; in (-1, 0]. -0.01 when not
    given."""
    cut: str | None = None
    """Of an estimate, which has a unit of its own: `sign` (below 0; when not given), a share of the
    edges such as 20%, or a number in that unit."""
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
        from relations.errors import RelationsError
        from relations.seeds import DEFAULT_HARM_THRESHOLD
        from relations.sources import load_changes

        if self.cut is not None:
            raise RelationsError("`--cut` is for estimates; give changes a --threshold.")
        changes = load_changes(
            self.source,
            column=self.column,
            higher_is_better=dict.fromkeys(self.lower, False) or None,
            level=self.level,
            shrink={"auto": None, "on": True, "off": False}[self.shrink],
        )
        threshold = DEFAULT_HARM_THRESHOLD if self.threshold is None else self.threshold
        return changes, RelationGraph.from_changes(
            changes, threshold=threshold, level=self.level, correction=self.correction
        )

    def judged_estimate(self) -> "tuple[Estimate, RelationGraph] | None":
        """The estimate of the source and its graph at the cut; None when it is no estimate.

        Raises:
            RelationsError: A threshold of changes was given for an estimate.
        """
        from relations.errors import RelationsError
        from relations.estimates.cut import Cut, estimate_graph
        from relations.estimates.estimate_file import is_estimate_file, load_estimate

        if not is_estimate_file(self.source):
            return None
        estimate = load_estimate(self.source)
        if self.threshold is not None:
            raise RelationsError(
                f"`--threshold` is a change of a score; `{self.source}` is an estimate in another "
                f"unit ({estimate.unit}). Give --cut sign, a share such as 20%, or a number in "
                "that unit."
            )
        return estimate, estimate_graph(estimate, Cut(self.cut or "sign"))
