"""From what an edge's interventions did to its cause, and to what is recommended."""

from typing import TYPE_CHECKING

from analysis.diagnosis.in_words import share_in_words
from analysis.diagnosis.removed_harm import REMOVES, UNDECIDED, Removed, Row
from gradsplit.studies.diagnosis.cause import Case, causes, verdicts
from gradsplit.studies.diagnosis.causes.unfinished import Unfinished
from gradsplit.studies.diagnosis.diagnosis import Diagnosis, Recommendation
from gradsplit.studies.diagnosis.extra import extra
from gradsplit.studies.diagnosis.named import Named, name_cause
from gradsplit.studies.diagnosis.remedy import UNKNOWN, Remedy, longer_first
from gradsplit.studies.diagnosis.shares import Share, shares_of
from gradsplit.studies.diagnosis.weight_sweep import curve

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.intervention import Edge, Intervention
    from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns

NO_HARM = "no harm"
"""What a diagnosis leaves open: the mean change is not harmful, but its interval reaches there."""


def conclude(
    runs: "InterventionRuns",
    case: Case,
    verdict: str,
    threshold: float = -0.01,
    *,
    sweeping: bool = False,
) -> Diagnosis:
    """The diagnosis of an edge, from its evidence.

    Args:
        runs: What was trained.
        case: The edge, examined.
        verdict: The edge's verdict in the relation.
        threshold: A relative change below it is harmful.
        sweeping: Whether the source's loss weight was swept.
    """
    kinds = tuple(runs.kind(task).at(threshold) for task in case.edge)
    change = runs.mean_change(case.edge[1], runs.before(case.edge))
    harmful = change < (kinds[1].threshold or 0.0)
    rows = {what: _row(runs, what, seen) for what, seen in case.evidence.items()}
    moved = longer_first(runs, case) if harmful else None
    named = _named(case, harmful=harmful, unfinished=moved is not None)
    shares = shares_of(rows, named) if harmful else ()
    remedy = Remedy.of_steps(case, moved) if moved else _remedy(runs, case, named, shares)
    reasons = (cause.left_out(case) for cause in causes("priority"))
    return Diagnosis(
        edge=case.edge,
        verdict=verdict,
        change=change,
        interventions=rows,
        named=named,
        advice=remedy.advice,
        recommended=_measured(runs, case.edge, remedy.followed) if remedy.known else None,
        apart=_measured(runs, case.edge, None),
        left_out=tuple(reason for reason in reasons if reason is not None),
        kinds=kinds,
        shares=shares,
        curve=curve(runs, case.edge, kinds[1]) if sweeping else None,
    )


def _named(case: Case, *, harmful: bool, unfinished: bool) -> Named:
    """The cause that the evidence names; none where there may be no harm.

    Where twice the steps moves the target more than the harm is, training is unfinished: that is
    named unless the harm decidedly stays with them.
    """
    said = verdicts({what: seen.verdict for what, seen in case.evidence.items()}, case)
    if unfinished and said[Unfinished.name] == UNDECIDED:
        said[Unfinished.name] = REMOVES
    named = name_cause(said)
    if harmful:
        return named
    return Named(None, (NO_HARM, *([named.cause] if named.cause else named.open)))


def _remedy(
    runs: "InterventionRuns", case: Case, named: Named, shares: tuple[Share, ...]
) -> Remedy:
    """What to do: what decidedly removes most of the harm, or else the most that is decided."""
    source, target = case.edge
    if NO_HARM in named.open:
        return UNKNOWN
    for name in (named.cause, *named.open, *named.also):
        cause = next((cause for cause in causes() if cause.name == name), None)
        removing = [
            what
            for what, seen in case.evidence.items()
            if what.cause == name and seen.verdict == REMOVES and what.source_stays and what.pair
        ]
        followed = None if cause is None else cause.best(removing, runs.weighed_gains)
        if cause is not None and (name == named.cause or followed is not None):
            words = cause.advice(case.edge, followed)
            return Remedy(followed, _open_beside(words, named))
    if shares:
        most = max(shares, key=lambda share: (share.sure, share.removed.lower))
        cause = next(cause for cause in causes() if cause.name == most.cause)
        words = cause.advice(case.edge, most.intervention)
        return Remedy(most.intervention, f"{words} That removes {share_in_words(most.removed)}.")
    if named.open:
        return UNKNOWN
    return Remedy(
        None, f"train {target} without {source}: nothing that was tried removes the harm."
    )


def _open_beside(words: str, named: Named) -> str:
    """The advice, and what may be the cause as well."""
    if named.cause is not None or not named.open:
        return words
    return f"{words} It removes most of the harm, whichever is the cause."


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
