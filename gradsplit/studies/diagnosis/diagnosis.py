"""What is said of an edge: its cause, what to do, what that brings; for people and programs."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analysis.diagnosis.removed_harm import UNDECIDED, Row
from analysis.diagnosis.weight_curve import WeightCurve
from gradsplit.studies.diagnosis.named import Named
from gradsplit.studies.diagnosis.shares import Share, in_a_sentence
from gradsplit.studies.diagnosis.weight_sweep import SWEEP_COST
from relations.change_kinds import RELATIVE, ChangeKind
from relations.tables.json_text import json_value
from relations.tables.text_table import WIDTH

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.extra import Extra
    from gradsplit.studies.diagnosis.intervention import Edge, Intervention


_IN_SIZES = ", in sizes of their thresholds"


@dataclass(frozen=True)
class Recommendation:
    """What to do, and what it was measured to bring, against the pair as it was.

    Attributes:
        intervention: The intervention to follow; None is training the two tasks apart.
        target: Change of the target's mean score, a fraction.
        source: Change of the source's mean score, a fraction; where it is negative, that is what
            the target's gain costs.
        extra: Compute, in units of the pair's.
    """

    intervention: "Intervention | None"
    target: float
    source: float
    extra: "Extra"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        name = None if self.intervention is None else self.intervention.name
        return {"intervention": name} | {
            "target": self.target,
            "source": self.source,
            "extra": asdict(self.extra),
        }


@dataclass(frozen=True)
class Diagnosis:
    """What was found out about an edge. Prints as `gradsplit diagnose` shows it.

    Attributes:
        edge: (source, target).
        verdict: The edge's verdict in the relation: whether the harm is decided.
        change: Mean change of the target next to the source, a fraction or in its kind's unit.
        interventions: What was trained, in order, each with what it showed.
        named: The cause.
        advice: What to do, in a sentence.
        recommended: What to do, as measured; None while nothing is decided.
        apart: Training the two tasks each alone, to hold that against.
        left_out: Why some causes could not be examined.
        kinds: How changes of the source and of the target are measured.
        shares: Shares of the harm that are decidedly above zero, in the order of causes.
        curve: What the target loses by the weight of the source's loss, where that was swept.
    """

    edge: "Edge"
    verdict: str
    change: float
    interventions: "dict[Intervention, Row]"
    named: Named
    advice: str
    recommended: Recommendation | None = None
    apart: Recommendation | None = None
    left_out: tuple[str, ...] = ()
    kinds: tuple[ChangeKind, ...] = (ChangeKind(), ChangeKind())
    shares: tuple[Share, ...] = ()
    curve: WeightCurve | None = None

    @property
    def rows(self) -> list[Row]:
        """The lines of the edge's table."""
        return list(self.interventions.values())

    @property
    def followed(self) -> "Intervention | None":
        """The intervention that is recommended; None where there is none."""
        return None if self.recommended is None else self.recommended.intervention

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages to split, or to give each task for itself; empty for another cause."""
        return () if self.followed is None else self.followed.stages

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int = WIDTH) -> str:
        """The table, the cause, what to do, what that gains and costs.

        Args:
            width: Of a line; columns that do not fit go below.
        """
        from analysis.diagnosis.table import diagnosis_table

        source, target = self.edge
        spent = sum(row.cost for row in self.rows) + (SWEEP_COST if self.curve else 0)
        also = f"; also removed by: {', '.join(self.named.also)}" if self.named.also else ""
        lines = [
            f"{source} -> {target}: {_written(self.change, self.kinds[1])} ({self.verdict})",
            diagnosis_table(self.rows, self.kinds).text(width),
            *(f"not examined: {why}" for why in self.left_out),
            f"cause: {self.named}{also}",
            *([f"of the harm: {in_a_sentence(self.shares)}"] if self.shares else []),
            *([str(self.curve)] if self.curve else []),
            f"what to do: {self.advice}",
            *self._measured(),
        ]
        if self.named.open and (seeds := self._seeds_to_decide()):
            lines.append(f"to decide it: {seeds} seeds, {spent:g} pair runs each")
        return "\n".join([*lines, f"cost: {spent:g} pair runs a seed"])

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; what is not known is None."""
        best, apart = self.recommended, self.apart
        return {
            "source": self.edge[0],
            "target": self.edge[1],
            "change": self.change,
            **self._kinds_apart(),
            "verdict": self.verdict,
            "cause": self.named.cause,
            "open": list(self.named.open),
            "also": list(self.named.also),
            "shares": [share.to_dict() for share in self.shares],
            "curve": None if self.curve is None else self.curve.to_dict(),
            "stages": list(self.stages),
            "recommended": None if best is None else best.to_dict(),
            "apart": None if apart is None else apart.to_dict(),
            "not examined": list(self.left_out),
            "interventions": [_as_json(asdict(row)) for row in self.rows],
        }

    def _kinds_apart(self) -> dict[str, Any]:
        """How changes are measured, where that is not relatively, source and target."""
        if all(kind.name == RELATIVE for kind in self.kinds):
            return {}
        return {"changes": dict(zip(self.edge, (k.facts() for k in self.kinds), strict=True))}

    def _measured(self) -> list[str]:
        """What is recommended brings, and training apart beside it."""
        source, target = self.edge
        best, lines = self.recommended, []
        if best is not None:
            lines.append(f"measured: {self._brings(best)}")
            if best.source / self.kinds[0].size < -best.target / self.kinds[1].size:
                unit = "" if self.kinds[0].name == self.kinds[1].name == RELATIVE else _IN_SIZES
                lines.append(f"mind: it costs {source} more than it gives {target}{unit}.")
        if self.apart is not None and (best is None or best.intervention is not None):
            lines.append(f"apart: {self._brings(self.apart)}")
        return lines

    def _brings(self, what: Recommendation) -> str:
        """The gain of the target, the cost for the source, and the compute."""
        source, target = self.edge
        how = "each trained alone" if what.intervention is None else what.intervention.name
        return (
            f"{target} {_written(what.target, self.kinds[1])}, "
            f"{source} {_written(what.source, self.kinds[0])} against the "
            f"pair as it was ({how}); compute: {what.extra}"
        )

    def _seeds_to_decide(self) -> str:
        """What the undecided lines need, the most of them; empty where none is undecided."""
        from relations.statistics.sample_size import MOST_SEEDS

        undecided = [
            row.removed
            for row in self.rows
            # Without spread nobody knows how many seeds would tell.
            if row.removed.verdict == UNDECIDED and row.removed.lower == row.removed.lower
        ]
        known = [
            removed.seeds_to_decide for removed in undecided if removed.seeds_to_decide is not None
        ]
        if not undecided:
            return ""
        return f"about {max(known)}" if len(known) == len(undecided) else f"more than {MOST_SEEDS}"


def _written(change: float, kind: ChangeKind) -> str:
    return f"{kind.number(change, 1)} {kind.short}"


def _as_json(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has neither NaN nor infinity: what is not known, or has no end, is None."""
    return {
        key: _as_json(value) if isinstance(value, dict) else json_value(value)
        for key, value in values.items()
    }
