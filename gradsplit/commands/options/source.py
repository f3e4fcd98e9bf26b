"""Where finished relations come from, and how edges are judged."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    from relations.graph import RelationGraph


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

    def relations(self) -> "RelationGraph":
        """The relations of the source, judged."""
        from relations import load_relations

        return load_relations(self.source, cut=self.cut, **self.reading())

    def reading(self) -> dict[str, Any]:
        """How measured changes are read and judged, as `relations.load_relations` takes it."""
        shrink = {"auto": None, "on": True, "off": False}[self.shrink]
        names = ("threshold", "level", "correction", "column", "lower")
        return {name: getattr(self, name) for name in names} | {"shrink": shrink}
