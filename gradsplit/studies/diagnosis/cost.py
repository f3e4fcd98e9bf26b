"""What a diagnosis may cost, before anything is spent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.studies.diagnosis.diagnose import SEEDS, in_question
from gradsplit.studies.diagnosis.examination import BUDGET
from relations.errors import RelationsError
from relations.graph import RelationGraph
from relations.plan import duration

if TYPE_CHECKING:
    from relations.plan import Cost
    from relations.probe import PairwiseProbe


@dataclass(frozen=True)
class DiagnosisCost:
    """The most that a diagnosis costs; `print` says it in a sentence.

    Attributes:
        edges: How many edges are examined.
        known: Whether these are in question by a relation; else they are all edges.
        seeds: Seeds of every run.
        seconds_a_run: Of a pair run; None when it was not measured.
    """

    edges: int
    known: bool
    seeds: int
    seconds_a_run: float | None

    @property
    def runs(self) -> float:
        """Pair runs."""
        return self.edges * self.seeds * BUDGET

    def __str__(self) -> str:
        which = f"{self.edges} edge{'' if self.edges == 1 else 's'} in question so far"
        if not self.known:
            which = f"all {self.edges} edges, should they be harmful"
        text = (
            f"diagnosis: at most {BUDGET:g} pair runs a seed and edge; {which}, {self.seeds} "
            f"seeds: at most {self.runs:g} pair runs"
        )
        if self.seconds_a_run is None:
            return text
        return f"{text}, {duration(self.runs * self.seconds_a_run)} one after the other"


def diagnosis_cost(
    probe: "PairwiseProbe", cost: "Cost | None" = None, seeds: int = SEEDS
) -> DiagnosisCost:
    """The most that diagnosing the edges in question of a probe costs; of all edges without runs.

    Args:
        probe: Finished, begun or not.
        cost: What runs cost, when it was measured; otherwise it is taken from finished runs.
        seeds: How often each run of the diagnosis is trained, as `diagnose` takes it.
    """
    plan = probe.plan(cost)
    try:
        edges, known = len(in_question(RelationGraph.from_changes(probe.changes()))), True
    except RelationsError:
        edges, known = len(probe.tasks) * (len(probe.tasks) - 1), False
    seconds = None if plan.cost is None else plan.cost.seconds.get(2)
    return DiagnosisCost(edges, known, seeds, seconds)
