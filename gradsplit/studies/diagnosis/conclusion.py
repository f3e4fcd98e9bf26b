"""From what an edge's interventions did to its cause, and to what is recommended."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.diagnosis.removed_harm import KEEPS, REMOVES, UNDECIDED, Removed, Row
from gradsplit.studies.diagnosis.cause import Case, causes, verdicts
from gradsplit.studies.diagnosis.diagnosis import Diagnosis, Named, Recommendation
from gradsplit.studies.diagnosis.extra import extra
from relations.change_kinds import RELATIVE

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.intervention import Edge, Intervention
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns

NO_HARM = "no harm"
"""What a diagnosis leaves open: the mean change is not harmful, but its interval reaches there."""


def conclude(
    runs: "InterventionRuns", case: Case, verdict: str, threshold: float = -0.01
) -> Diagnosis:
    """The diagnosis of an edge, from its evidence.

    Args:
        runs: What was trained.
        case: The edge, examined.
        verdict: The edge's verdict in the relation.
        threshold: A relative change below it is harmful.
    """
    kinds = tuple(runs.kind(task).at(threshold) for task in case.edge)
    mean = float(runs.before(case.edge).mean())
    change = float(np.expm1(mean)) if kinds[1].name == RELATIVE else mean
    named = name_cause(verdicts({what: seen.verdict for what, seen in case.evidence.items()}))
    if change >= (kinds[1].threshold or 0.0):
        named = Named(None, (NO_HARM, *([named.cause] if named.cause else named.open)))
    followed, advice = _remedy(runs, case, named)
    undecided = named.cause is None and bool(named.open)
    reasons = (cause.left_out(case) for cause in causes("priority"))
    return Diagnosis(
        edge=case.edge,
        verdict=verdict,
        change=change,
        interventions={what: _row(runs, what, seen) for what, seen in case.evidence.items()},
        named=named,
        advice=advice,
        recommended=None if undecided else _measured(runs, case.edge, followed),
        apart=_measured(runs, case.edge, None),
        left_out=tuple(reason for reason in reasons if reason is not None),
        kinds=kinds,
    )


def name_cause(said: Mapping[str, str]) -> Named:
    """The cause of an edge's harm, from what removing each cause did.

    The first cause in order that removes the harm is named, unless one before it is undecided.

    Args:
        said: Cause -> "removes", "keeps" or "undecided"; causes that could not be examined are left
            out.

    Example:
        >>> str(name_cause({"loss scale": "keeps", "capacity": "keeps", "stage": "removes"}))
        'stage'
        >>> str(name_cause({"loss scale": "undecided", "stage": "removes"}))
        'undecided (loss scale or stage)'
    """
    undecided: list[str] = []
    names = [cause.name for cause in causes()]
    for place, name in enumerate(names):
        verdict = said.get(name, KEEPS)
        if verdict == UNDECIDED:
            undecided.append(name)
        elif verdict == REMOVES:
            if undecided:
                return Named(None, (*undecided, name))
            also = tuple(later for later in names[place + 1 :] if said.get(later) == REMOVES)
            return Named(name, also=also)
    return Named(None, tuple(undecided))


def _remedy(
    runs: "InterventionRuns", case: Case, named: Named
) -> "tuple[Intervention | None, str]":
    """The intervention to follow, None where there is none, and the advice in a sentence."""
    source, target = case.edge
    cause = next((cause for cause in causes() if cause.name == named.cause), None)
    if cause is not None:
        removing = [
            what
            for what, seen in case.evidence.items()
            if what.cause == cause.name and seen.verdict == REMOVES
        ]
        followed = cause.best(removing, runs.weighed_gains)
        return followed, cause.advice(case.edge, followed)
    if named.open:
        return None, "undecided: train more seeds before anything is changed."
    return None, f"train {target} without {source}: nothing that was tried removes the harm."


def _row(runs: "InterventionRuns", intervention: "Intervention", seen: Removed) -> Row:
    source, target = (float(runs.gains(intervention, task).mean()) for task in intervention.edge)
    return Row(intervention.name, intervention.cause, seen, target, source, intervention.cost)


def _measured(
    runs: "InterventionRuns", edge: "Edge", followed: "Intervention | None"
) -> Recommendation:
    """What an intervention brings; training the two tasks apart where there is none."""
    gains = [
        runs.gains_apart(edge, task) if followed is None else runs.gains(followed, task)
        for task in edge
    ]
    source, target = (float(of_seeds.mean()) for of_seeds in gains)
    return Recommendation(followed, target, source, extra(runs.taskset, edge, followed))
