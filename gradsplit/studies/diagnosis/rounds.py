"""Which interventions an edge needs, round after round, within a budget of pair runs."""

from collections.abc import Mapping, Sequence

from gradsplit.studies.diagnosis.interventions import (
    Intervention,
    longer,
    narrow,
    other_labels,
    own_moments,
    own_stages,
    quieter,
    wider,
    withheld,
)

BUDGET = 8.0
"""Most pair runs a seed that an edge's diagnosis may cost."""
HALF = 0.5

Shares = Mapping[Intervention, float]
"""The share of the harm that each intervention so far has removed, by its mean. Of the target alone
in its share of the width: 1 when it loses nothing there."""


class Rounds:
    """The interventions on one edge.

    First: longer training, the source's loss turned down, its gradient withheld everywhere, and the
    target alone in its share of the width; 5.5 pair runs a seed. What comes next depends on what
    these remove, by the mean:

    1. Longer training or a quieter source removes it: nothing, the cheap explanation stands.
    2. The target loses alone in its share what it loses in the pair: a wider trunk (1.5). If that
       removes the harm: nothing more.
    3. Withholding everywhere removes it: a search for the stage (1 a step), the last one first,
       then, by halving, the smallest j such that withholding from the last j removes it, then the
       first of these j alone. Where the last stage alone is enough: that stage for each task, to
       compare with (1).
    4. Optimizer moments for each task, with an optimizer that has some (1).
    5. Nothing has removed it: the source's data with the target's labels, where there are (1).

    It ends when the next would cost more than is left of `BUDGET`. Source: our choice.

    Args:
        edge: (source, target).
        tasks: All tasks of the task set.
        stages: The trunk's stages, first to last.
        widths: Whether the trunk's width can be changed.
        moments: Whether the optimizer has moments to separate.
        labels: Whether the source's inputs have labels of the target.

    Example:
        >>> rounds = Rounds(("a", "b"), ("a", "b"), ("early", "late"))
        >>> [one.name for one in rounds.first()][:2]
        ['2x the steps', "source's loss turned down"]
    """

    def __init__(
        self,
        edge: tuple[str, str],
        tasks: Sequence[str],
        stages: Sequence[str],
        *,
        widths: bool = True,
        moments: bool = False,
        labels: bool = False,
    ) -> None:
        self._edge = edge
        self._tasks = tuple(tasks)
        self._stages = tuple(stages)
        self._widths = widths
        self._moments = moments
        self._labels = labels

    def first(self) -> list[Intervention]:
        """What every edge is examined with."""
        found = [longer(self._edge), quieter(self._edge), self._last(len(self._stages))]
        return [*found, narrow(self._edge)] if self._widths else found

    def further(self, shares: Shares) -> list[Intervention]:
        """What to train next; nothing when all is known or the budget is spent."""
        left = BUDGET - sum(one.cost for one in shares)
        wanted = self._next(shares)
        return [] if wanted is None or wanted.cost > left else [wanted]

    def _next(self, shares: Shares) -> Intervention | None:
        """The next intervention, whatever it costs."""
        if _removes(longer(self._edge), shares) or _removes(quieter(self._edge), shares):
            return None
        small, large = narrow(self._edge), wider(self._edge)
        if small in shares and shares[small] < HALF and large not in shares:
            return large
        if _removes(large, shares):
            return None
        if _removes(self._last(len(self._stages)), shares):
            stage = self._next_stage(shares)
            if stage is not None:
                return stage
        rest = []
        if self._moments:
            rest.append(own_moments(self._edge))
        if self._labels and not any(_removes(one, shares) for one in shares if one.pair):
            rest.append(other_labels(self._edge))
        return next((one for one in rest if one not in shares), None)

    def _next_stage(self, shares: Shares) -> Intervention | None:
        """The next step of the search for the stage."""
        count = len(self._stages)
        helps = {
            j: _removes(self._last(j), shares)
            for j in range(1, count + 1)
            if self._last(j) in shares
        }
        if 1 not in helps:
            return self._last(1)
        least = min(j for j, found in helps.items() if found)
        most_without = max((j for j, found in helps.items() if not found and j < least), default=0)
        if least - most_without > 1:
            return self._last((least + most_without) // 2)
        if count == 1:
            return None
        stage = self._stages[count - least]
        follows = own_stages(self._edge, (stage,)) if least == 1 else self._one(stage)
        return None if follows in shares else follows

    def _last(self, j: int) -> Intervention:
        """Withheld from the last j stages."""
        stages = self._stages[len(self._stages) - j :]
        name = "withheld everywhere" if j == len(self._stages) else f"withheld: {'+'.join(stages)}"
        return withheld(self._edge, self._tasks, stages, name)

    def _one(self, stage: str) -> Intervention:
        """Withheld from one stage alone."""
        return withheld(self._edge, self._tasks, (stage,), f"withheld: {stage}")


def _removes(one: Intervention, shares: Shares) -> bool:
    return shares.get(one, 0.0) >= HALF
