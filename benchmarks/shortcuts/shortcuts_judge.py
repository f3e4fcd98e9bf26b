"""Whether a shortened probe says what the whole one says, and what halving over pairs drops."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

from relations import ChangeMatrix, RelationGraph
from relations.estimates.ranks import Compared, within_spearman

THRESHOLD = -0.01
DECIDED = ("harmful", "not harmful")
Edge = tuple[str, str]


@dataclass(frozen=True)
class Kept:
    """What is left of the whole probe's findings, summed over probes.

    Attributes:
        edges: Edges of all probes.
        same_side: Those whose mean is on the same side of the threshold.
        decided: Edges that the whole probes decide.
        kept: Those of them with the same verdict.
        contradicted: Those with the opposite verdict; the others are undecided now.
        harmful: Edges that the whole probes decide as harmful.
        harmful_kept: Those still decided as harmful.
        rank: Rank correlation within targets, averaged over probes; NaN with two tasks.
    """

    edges: int
    same_side: int
    decided: int
    kept: int
    contradicted: int
    harmful: int
    harmful_kept: int
    rank: float

    @classmethod
    def of(cls, whole: Sequence[ChangeMatrix], short: Sequence[ChangeMatrix]) -> Self:
        """Of probes of the same seeds, one by one."""
        graphs = [(graph_of(one), graph_of(other)) for one, other in zip(whole, short, strict=True)]
        verdicts = [
            (verdict, after.verdicts()[edge])
            for before, after in graphs
            for edge, verdict in before.verdicts().items()
        ]
        decided = [(one, other) for one, other in verdicts if one in DECIDED]
        harm = [other for one, other in decided if one == "harmful"]
        return cls(
            edges=len(verdicts),
            same_side=len(verdicts)
            - sum(len(set(one.harmful()) ^ set(other.harmful())) for one, other in graphs),
            decided=len(decided),
            kept=sum(one == other for one, other in decided),
            contradicted=sum(one != other and other in DECIDED for one, other in decided),
            harmful=len(harm),
            harmful_kept=harm.count("harmful"),
            rank=float(np.mean([rank(*pair) for pair in zip(whole, short, strict=True)])),
        )


def graph_of(changes: ChangeMatrix) -> RelationGraph:
    """The relation graph by the method's threshold."""
    return RelationGraph.from_changes(changes, threshold=THRESHOLD)


def rank(whole: ChangeMatrix, short: ChangeMatrix) -> float:
    """Rank correlation within targets; NaN with fewer than four tasks."""
    none = np.zeros((1, *whole.mean.shape), dtype=bool)
    return float(within_spearman(Compared(short.mean[None], whole.mean[None], none, none))[0])


def dropped(short: ChangeMatrix) -> list[frozenset[str]]:
    """The half of the pairs that look least harmful: by the lower change of their two edges."""
    names = short.tasks
    lowest = {
        frozenset((one, two)): min(
            short.mean[names.index(one), names.index(two)],
            short.mean[names.index(two), names.index(one)],
        )
        for one, two in combinations(names, 2)
    }
    ordered = sorted(lowest, key=lambda pair: lowest[pair])
    return ordered[(len(ordered) + 1) // 2 :]


def harm_lost(harmful: Sequence[Edge], short: ChangeMatrix) -> int:
    """How many harmful edges lie in pairs that halving drops."""
    gone = dropped(short)
    return sum(frozenset(edge) in gone for edge in harmful)


def cost_of_halving(tasks: int, share: int, *, again: bool) -> float:
    """What halving costs, as a fraction of the whole probe.

    Args:
        tasks: T >= 2.
        share: The first rung takes one part in so many of the steps.
        again: The pairs that are kept are trained from the start (the first rung had a
            learning-rate schedule of its own), instead of going on.

    Example:
        >>> cost_of_halving(4, 2, again=True), cost_of_halving(4, 4, again=False)
        (1.125, 0.71875)
    """
    pairs = tasks * (tasks - 1) // 2
    kept = (pairs + 1) // 2
    whole = tasks + 2 * pairs
    if again:
        return (whole / share + tasks + 2 * kept) / whole
    return (tasks + 2 * pairs / share + 2 * kept * (1 - 1 / share)) / whole
