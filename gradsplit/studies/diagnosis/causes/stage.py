"""A stage: the two tasks want different things of the same part of the trunk."""

from collections.abc import Sequence

import numpy as np

from analysis.diagnosis.removed_harm import ahead
from gradsplit.studies.diagnosis.cause import Case, Cause, Gains, register_cause
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.own_parts.last_stage import LastStage
from relations.mask import GradientMask


@register_cause
class Stage(Cause):
    """What a mask is for: named where none of the simpler causes explains the harm.

    The search for the stage: the last one first; then, by halving, the smallest j such that
    withholding the source's gradient from the last j stages removes the harm; then the first of
    these j alone. Where the last stage alone is enough: that stage for each task, to compare with.
    """

    name = "stage"
    order = 40
    priority = 20
    ends = False
    trained = (
        "the source's gradient withheld from the target's share of every stage (1), of some "
        "stages (1 each); the last stage once for each task (1)"
    )
    remedy = (
        "split the fewest stages that remove the harm, in equal shares: keep the gradient of "
        "{source} from the share of {target}"
    )

    def first(self, case: Case) -> list[Intervention]:
        """The source's gradient withheld everywhere."""
        return [withheld_from_last(case, len(case.stages))]

    def further(self, case: Case) -> Intervention | None:
        """The next step of the search, where withholding everywhere removes the harm."""
        count = len(case.stages)
        tried = {
            j: case.removes(withheld_from_last(case, j))
            for j in range(1, count + 1)
            if withheld_from_last(case, j) in case.evidence
        }
        if not tried.get(count):
            return None
        if 1 not in tried:
            return withheld_from_last(case, 1)
        enough = min(j for j, removes in tried.items() if removes)
        too_few = max((j for j, removes in tried.items() if not removes and j < enough), default=0)
        if enough - too_few > 1:
            return withheld_from_last(case, (enough + too_few) // 2)
        if count == 1:
            return None
        stage = case.stages[count - enough]
        return own_stages(case.edge, (stage,)) if enough == 1 else withheld(case, (stage,))

    def best(self, removing: Sequence[Intervention], gains: Gains) -> Intervention | None:
        """The split of the least stages.

        Instead of it the stage for each task, when that is better for the two tasks together,
        paired by seed, decidedly.
        """
        if not removing:
            return None
        splits = [what for what in removing if isinstance(what.method, MaskedTraining)]
        best = min(splits or removing, key=lambda what: len(what.stages))
        own = next((what for what in removing if what not in splits), None)
        if own is None or own.stages != best.stages:
            return best
        both = [gains(own, task) - gains(best, task) for task in own.edge]
        return own if ahead(np.sum(both, axis=0)) else best

    def advice(self, edge: Edge, followed: Intervention | None) -> str:
        """See `Cause.advice`."""
        if followed is None:
            return super().advice(edge, followed)
        source, target = edge
        stages = " and ".join(followed.stages)
        if isinstance(followed.method, LastStage):
            return f"give {target} its own {stages}; that gains more than splitting it."
        return (
            f"split {stages} in equal shares: keep the gradient of {source} from the share of "
            f"{target}."
        )


def withheld(case: Case, stages: Sequence[str]) -> Intervention:
    """The source's gradient kept from the target's share of some stages."""
    tasks, (source, target) = case.taskset.task_names, case.edge
    may_update = np.ones((len(tasks), len(tasks)), dtype=bool)
    may_update[tasks.index(source), tasks.index(target)] = False
    method = MaskedTraining(GradientMask(tasks, may_update), tuple(stages))
    everywhere = tuple(stages) == case.stages
    name = "withheld everywhere" if everywhere else f"withheld: {'+'.join(stages)}"
    return Intervention(name, Stage.name, case.edge, method, stages=tuple(stages))


def withheld_from_last(case: Case, count: int) -> Intervention:
    """The source's gradient kept from the target's share of the last stages."""
    return withheld(case, case.stages[len(case.stages) - count :])


def own_stages(edge: Edge, stages: Sequence[str]) -> Intervention:
    """Some stages once for each of the two tasks."""
    name, method = f"{'+'.join(stages)} for each task", LastStage(tuple(stages))
    return Intervention(name, Stage.name, edge, method, stages=tuple(stages))
