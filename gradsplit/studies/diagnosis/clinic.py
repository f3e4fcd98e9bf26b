"""Diagnosing edges: their interventions, round after round, and what these show."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import nan

import numpy as np

from analysis.diagnosis.removed_harm import Removed, Row, ahead, removed
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.advice import Recommendation
from gradsplit.studies.diagnosis.causes import (
    CAPACITY,
    DATA,
    KEEPS,
    NO_HARM,
    REMOVES,
    STAGE,
    UNDECIDED,
    Named,
    name_cause,
)
from gradsplit.studies.diagnosis.extra import extra
from gradsplit.studies.diagnosis.intervention_runs import Edge, InterventionRuns
from gradsplit.studies.diagnosis.interventions import Intervention, other_labels, stages_of
from gradsplit.studies.diagnosis.rounds import Rounds
from gradsplit.training.methods.last_stage import LastStage
from gradsplit.training.methods.separate_moments import SeparateMoments
from relations.errors import ScoreError


@dataclass(frozen=True)
class Diagnosis:
    """What was found out about an edge.

    Attributes:
        edge: (source, target).
        verdict: The edge's verdict in the relation: whether the harm is beyond doubt.
        change: Mean change of the target next to the source, a fraction.
        interventions: What was trained, in order, each with what it showed.
        named: The cause.
        recommended: What to do; None while the cause is undecided.
        apart: Training the two tasks each alone, to hold that against.
        left_out: What could not be examined, and why.
    """

    edge: Edge
    verdict: str
    change: float
    interventions: dict[Intervention, Row]
    named: Named
    recommended: Recommendation | None = None
    apart: Recommendation | None = None
    left_out: tuple[str, ...] = ()

    @property
    def rows(self) -> list[Row]:
        """The lines of the edge's table."""
        return list(self.interventions.values())

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages to split, or to give each task for itself; empty for another cause."""
        one = None if self.recommended is None else self.recommended.intervention
        return () if one is None or self.named.cause != STAGE else one.stages

    @property
    def own_stages(self) -> bool:
        """Whether each task is to have these stages for itself, instead of a split."""
        one = None if self.recommended is None else self.recommended.intervention
        return one is not None and isinstance(one.method, LastStage)


@dataclass
class Clinic:
    """Where edges are diagnosed.

    Attributes:
        runs: Where interventions are trained.
        stages: Names of the trunk's modules, first to last; its direct children when None.
        threshold: A change below it is harmful.
        level: Confidence level of an edge's verdicts together.
    """

    runs: InterventionRuns
    stages: tuple[str, ...] | None = None
    threshold: float = -0.01
    level: float = 0.95

    def diagnose(self, edges: Mapping[Edge, str]) -> list[Diagnosis]:
        """Train the edges' interventions, round after round, and name the causes.

        A round's runs of all edges are trained side by side.

        Args:
            edges: Edge -> its verdict in the relation. All must have a mean change below zero.

        Raises:
            RunFailedError: Trainings failed; all of them at once.
            ScoreError: A metric changes its sign in the relation itself. An intervention that
                makes it so decides nothing.
            RelationsError: An edge has no harm to examine.
        """
        stages = stages_of(self.runs.taskset) if self.stages is None else self.stages
        left_out = {edge: self._left_out(edge) for edge in edges}
        rounds = {edge: self._rounds(edge, stages, left_out[edge]) for edge in edges}
        done: dict[Edge, list[Intervention]] = {edge: [] for edge in edges}
        wanted = {edge: one.first() for edge, one in rounds.items()}
        while any(wanted.values()):
            self.runs.train(wanted)
            for edge, interventions in wanted.items():
                done[edge] += interventions
            # An edge that is finished stays so: what it would train next depends on its runs alone.
            wanted = {
                edge: one.further({a: b.share for a, b in self._removed(edge, done[edge]).items()})
                for edge, one in rounds.items()
            }
        return [
            self._diagnosis(edge, verdict, done[edge], tuple(left_out[edge].values()))
            for edge, verdict in edges.items()
        ]

    def _left_out(self, edge: Edge) -> dict[str, str]:
        """What cannot be examined -> why."""
        taskset, found = self.runs.taskset, {}
        try:
            taskset.with_width(1.0)
        except TaskSetError as why:
            found["capacity"] = str(why)
        if not SeparateMoments.fits(taskset.recipe):
            found["moments"] = "The optimizer has no moments to separate."
        try:
            other_labels(edge).changed(taskset)
        except TaskSetError as why:
            found["data"] = str(why)
        return found

    def _rounds(self, edge: Edge, stages: Sequence[str], left_out: Mapping[str, str]) -> Rounds:
        return Rounds(
            edge,
            self.runs.taskset.task_names,
            stages,
            widths="capacity" not in left_out,
            moments="moments" not in left_out,
            labels="data" not in left_out,
        )

    def _removed(self, edge: Edge, done: Sequence[Intervention]) -> dict[Intervention, Removed]:
        before, after = self.runs.before(edge), {}
        for place, one in enumerate(done):
            # One training that spoils a task, say to a score of 0, must not cost the others.
            with suppress(ScoreError):
                after[str(place)] = self.runs.after(one)
        found = removed(before, after, level=self.level) if after else {}
        unknown = Removed(nan, nan, nan, UNDECIDED, len(before))
        return {one: found.get(str(place), unknown) for place, one in enumerate(done)}

    def _diagnosis(
        self,
        edge: Edge,
        verdict: str,
        done: Sequence[Intervention],
        left_out: tuple[str, ...],
    ) -> Diagnosis:
        found = self._removed(edge, done)
        change = float(np.expm1(self.runs.before(edge).mean()))
        named = name_cause(verdicts(found))
        if change >= self.threshold:
            named = Named(None, (NO_HARM, *([named.cause] if named.cause else named.open)))
        return Diagnosis(
            edge,
            verdict,
            change,
            {one: self._row(one, found[one]) for one in done},
            named,
            self._recommended(edge, named, found),
            self._measured(edge, None),
            left_out,
        )

    def _row(self, one: Intervention, found: Removed) -> Row:
        source, target = (float(self.runs.gains(one, task).mean()) for task in one.edge)
        return Row(one.name, one.cause, found, target, source, one.cost)

    def _recommended(
        self, edge: Edge, named: Named, found: Mapping[Intervention, Removed]
    ) -> Recommendation | None:
        if named.cause is None and named.open:
            return None
        one = None if named.cause in (None, DATA) else self._best(named.cause, found)
        return self._measured(edge, one)

    def _measured(self, edge: Edge, one: Intervention | None) -> Recommendation:
        """What an intervention, or training apart, brings."""
        runs = self.runs
        source, target = (
            float((runs.gains_apart(edge, task) if one is None else runs.gains(one, task)).mean())
            for task in edge
        )
        return Recommendation(one, target, source, extra(runs.taskset, edge, one))

    def _best(self, cause: str, found: Mapping[Intervention, Removed]) -> Intervention:
        """The cheapest intervention of a cause that removes the harm: the first, or least stages.

        Instead of a split the stage for each task, when that is better for the two tasks together,
        paired by seed and beyond doubt.
        """
        removing = [
            one for one, what in found.items() if one.cause == cause and what.verdict == REMOVES
        ]
        splits = [one for one in removing if not isinstance(one.method, LastStage)]
        best = min(splits or removing, key=lambda one: len(one.stages))
        own = next((one for one in removing if one not in splits), None)
        if own is None or own.stages != best.stages:
            return best
        both = [self.runs.gains(own, task) - self.runs.gains(best, task) for task in own.edge]
        return own if ahead(np.sum(both, axis=0)) else best


def verdicts(found: Mapping[Intervention, Removed]) -> dict[str, str]:
    """What removing each cause did, from all interventions.

    A cause is removed when one of its interventions removes the harm; else it is as sure as the
    first of them, which for stages is the widest: the gradient withheld everywhere. Whether room is
    the cause is said by the wider trunk; without it, the target alone in its share can only say
    that it is not. With the target's labels on the source's data, a harm that stays is the data's.
    """
    said: dict[str, str] = {}
    for one, what in found.items():
        if one.cause == CAPACITY and not one.pair:
            said[CAPACITY] = KEEPS if what.verdict == REMOVES else UNDECIDED
        elif one.cause == CAPACITY or said.get(one.cause) is None or what.verdict == REMOVES:
            said[one.cause] = what.verdict
    if DATA in said:
        said[DATA] = {REMOVES: KEEPS, KEEPS: REMOVES}.get(said[DATA], UNDECIDED)
    return said
