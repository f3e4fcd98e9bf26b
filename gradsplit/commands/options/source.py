"""Where finished relations come from, and how edges are judged."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from gradsplit.commands.options.fraction import Fraction, GivenFraction
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.names import split_names
from gradsplit.commands.options.table import TableOptions

if TYPE_CHECKING:
    from relations.graph import RelationGraph


@dataclass(kw_only=True)
class SourceOptions(TableOptions, KindOptions):
    """Where relations come from and how edges are judged."""

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
    """A probe's folder, a ledger, a relation table (csv), a runs table (csv) or an estimate (json).
    """
    threshold: GivenFraction = None
    """A change below this fraction of the single-task score is harmful; in (-1, 0]. -0.01 when not
    given. For metrics that cross zero there are --absolute and --standardised."""
    cut: str | None = None
    """Of an estimate, which has a unit of its own: `sign` (below 0; when not given), a share of the
    edges such as 20%, or a number in that unit."""
    level: Fraction = 0.95
    """Confidence level of verdicts, such as 0.95 or 95%, all edges together under the correction.
    """
    correction: Literal["holm", "bh", "none"] = "holm"
    """Correction for judging many edges: Holm, Benjamini-Hochberg, or none."""
    tasks: tuple[str, ...] = ()
    """Only these tasks; all when not given."""

    without: tuple[str, ...] = ()
    """Tasks to leave out, such as one whose metric has no relative change."""

    def relations(self) -> "RelationGraph":
        """The relations of the source, judged."""
        from relations import load_relations

        return load_relations(self.source, cut=self.cut, **self.reading())

    def reading(self) -> dict[str, Any]:
        """How measured changes are read and judged, as `relations.load_relations` takes it."""
        return {
            **self.table(),
            **{name: getattr(self, name) for name in ("threshold", "level", "correction")},
            **{name: split_names(getattr(self, name)) for name in ("tasks", "without")},
            **self.kinds(),
        }


def notes_text(graph: "RelationGraph") -> str:
    """What a user should know of changes that are only drawn or written; empty when nothing."""
    changes = graph.changes
    notes = [] if changes is None else changes.warnings
    unknown = len(graph.with_verdict("unknown"))
    are = "is" if unknown == 1 else "are"
    count = [f"{unknown} of {graph.number_of_edges()} edges {are} unknown"] if unknown else []
    return "".join(f"\n{line}" for line in [*notes, *count])


def unrepeated_text(graph: "RelationGraph") -> str:
    """That nothing can be decided of changes without repeats; empty where there are some."""
    edges = graph.with_verdict("undecided")
    repeated = any(low == low for _, _, low in graph.edges(data="lower"))
    if repeated or not edges or "estimate" in graph.graph:
        return ""
    return f"without repeats nothing can be decided: all {len(edges)} known edges are undecided"
