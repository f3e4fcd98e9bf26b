"""Which interventions an edge needs, round after round, within a budget of pair runs."""

from collections.abc import Mapping, Sequence

from gradsplit.diagnose.interventions import (
    Intervention,
    longer,
    narrow,
    quieter,
    wider,
    withheld,
)

BUDGET = 8.0
"""Most pair runs a seed that an edge's diagnosis may cost."""
HALF = 0.5


class Rounds:
    """The interventions on one edge.

    First: longer training, the source's loss turned down, its gradient withheld everywhere, and the
    target alone in its share of the width. Then, where the target loses alone what it loses in the
    pair, a wider trunk; and where withholding helps, a search for the stage: the last j stages, j
    halved or doubled until the smallest j is known that helps, then the first of these stages
    alone. Cost: 5.5 pair runs a seed at first, `BUDGET` at most.

    Args:
        edge: (source, target).
        tasks: All tasks of the task set.
        stages: The trunk's stages, first to last.
        widths: Whether the trunk's width can be changed.

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
    ) -> None:
        self._edge = edge
        self._tasks = tuple(tasks)
        self._stages = tuple(stages)
        self._widths = widths

    def first(self) -> list[Intervention]:
        """What every edge is examined with."""
        found = [longer(self._edge), quieter(self._edge), self._last(len(self._stages))]
        return [*found, narrow(self._edge)] if self._widths else found

    def further(self, shares: Mapping[Intervention, float]) -> list[Intervention]:
        """What to train next; nothing when all is known or the budget is spent.

        Args:
            shares: The share of the harm that each intervention so far has removed, by its mean. Of
                the target alone in its share: 1 when it loses nothing there.
        """
        left = BUDGET - sum(one.cost for one in shares)
        wanted = []
        small, large = narrow(self._edge), wider(self._edge)
        if small in shares and shares[small] < HALF and large not in shares:
            wanted.append(large)
        elif (stage := self._next_stage(shares)) is not None:
            wanted.append(stage)
        return [one for one in wanted if one.cost <= left]

    def _next_stage(self, shares: Mapping[Intervention, float]) -> Intervention | None:
        """The next step of the search for the stage."""
        count = len(self._stages)
        helps = {
            j: shares[one] >= HALF for j in self._growing() if (one := self._last(j)) in shares
        }
        if not helps.get(count, False):
            return None
        least = min(j for j, found in helps.items() if found)
        most_without = max((j for j, found in helps.items() if not found and j < least), default=0)
        if least - most_without > 1:
            return self._last((least + most_without) // 2)
        alone = self._one(count - least)
        return None if least == 1 or alone in shares else alone

    def _growing(self) -> range:
        return range(1, len(self._stages) + 1)

    def _last(self, j: int) -> Intervention:
        """Withheld from the last j stages."""
        stages = self._stages[len(self._stages) - j :]
        name = "withheld everywhere" if j == len(self._stages) else f"withheld: {'+'.join(stages)}"
        return withheld(self._edge, self._tasks, stages, name)

    def _one(self, place: int) -> Intervention:
        """Withheld from one stage alone."""
        stage = self._stages[place]
        return withheld(self._edge, self._tasks, (stage,), f"withheld: {stage}")
