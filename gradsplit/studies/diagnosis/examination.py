"""Examining edges: which interventions are trained, wave after wave, and what these show."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from math import nan
from typing import TYPE_CHECKING

from analysis.diagnosis.removed_harm import REMOVES, UNDECIDED, Removed, removed_harm
from gradsplit.studies.diagnosis.cause import Case, causes, verdicts
from gradsplit.studies.diagnosis.conclusion import conclude
from gradsplit.studies.diagnosis.trunk_stages import stages_of
from gradsplit.studies.diagnosis.weight_sweep import sweep
from relations.errors import ScoreError

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.diagnosis import Diagnosis
    from gradsplit.studies.diagnosis.intervention import Edge, Intervention
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns

BUDGET = 10.0
"""Most pair runs a seed that an edge's diagnosis may cost. Source: our choice."""


def examine(
    runs: "InterventionRuns",
    edges: "Mapping[Edge, str]",
    *,
    stages: Sequence[str] | None = None,
    threshold: float = -0.01,
    level: float = 0.95,
    sweeping: bool = False,
) -> "list[Diagnosis]":
    """Train the edges' interventions, wave after wave, and name the causes.

    A wave is what all edges need next; its runs are trained side by side.

    Args:
        runs: Where interventions are trained.
        edges: Edge -> its verdict in the relation. All must have a mean change below zero.
        stages: Names of the trunk's modules, first to last; its direct children when None.
        threshold: A change below it is harmful.
        level: Confidence level of an edge's verdicts together.
        sweeping: Whether the source's loss weight is swept as well.

    Raises:
        RunFailedError: Trainings failed; all of them at once.
        ScoreError: A metric changes its sign in the relation itself. An intervention that makes it
            so decides nothing.
        RelationsError: An edge has no harm to examine.
    """
    stages = stages_of(runs.taskset) if stages is None else tuple(stages)
    cases = {edge: Case(edge, runs.taskset, stages, gains=runs.gains) for edge in edges}
    wave = {edge: first_interventions(case) for edge, case in cases.items()}
    while any(wave.values()):
        runs.train(wave)
        for edge, case in cases.items():
            case.evidence = _evidence(runs, edge, [*case.evidence, *wave[edge]], level)
        # An edge that is finished stays so: what it would train next depends on its runs alone.
        wave = {edge: further_interventions(case) for edge, case in cases.items()}
    if sweeping:
        runs.train({edge: sweep(edge) for edge in edges})
    return [
        conclude(runs, case, edges[edge], threshold, sweeping=sweeping)
        for edge, case in cases.items()
    ]


def first_interventions(case: Case) -> "list[Intervention]":
    """What an edge is examined with first; the longest trainings begin first."""
    first = [intervention for cause in causes() for intervention in cause.first(case)]
    return _affordable(sorted(first, key=lambda what: -what.cost), case)


def further_interventions(case: Case) -> "list[Intervention]":
    """What to train next of an edge: nothing when all is known or the budget is spent.

    Of what the causes ask for and the budget still allows, that which tells most for its cost: the
    least priority times cost. Nothing more is trained once a cause that ends the examination
    decidedly removes the harm.
    """
    said = verdicts({what: removed.verdict for what, removed in case.evidence.items()})
    if any(cause.ends and said.get(cause.name) == REMOVES for cause in causes()):
        return []
    left = _left(case)
    wanted = {
        what: cause.priority * what.cost
        for cause in causes("priority")
        for what in [cause.further(case)]
        if what is not None and what not in case.evidence and what.cost <= left
    }
    return sorted(wanted, key=wanted.__getitem__)[:1]


def _left(case: Case) -> float:
    """What is left of the budget."""
    return BUDGET - sum(what.cost for what in case.evidence)


def _affordable(wanted: "Iterable[Intervention]", case: Case) -> "list[Intervention]":
    """Those that fit into what is left of the budget, one after the other."""
    left, affordable = _left(case), []
    for intervention in wanted:
        if intervention.cost <= left:
            left -= intervention.cost
            affordable.append(intervention)
    return affordable


def _evidence(
    runs: "InterventionRuns", edge: "Edge", trained: "Sequence[Intervention]", level: float
) -> "dict[Intervention, Removed]":
    """How much of the harm each intervention removes; their intervals depend on their number."""
    before, after = runs.before(edge), {}
    for place, intervention in enumerate(trained):
        # One training that spoils a task, say to a score of 0, must not cost the others.
        with suppress(ScoreError):
            after[str(place)] = runs.after(intervention)
    removed = removed_harm(before, after, level=level) if after else {}
    unknown = Removed(nan, nan, nan, UNDECIDED, len(before))
    return {what: removed.get(str(place), unknown) for place, what in enumerate(trained)}
