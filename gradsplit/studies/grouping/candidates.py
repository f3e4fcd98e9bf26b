"""Candidates are trained until the best grouping is one that was measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gradsplit.studies.grouping.group_runs import GroupRuns
from relations.grouping.asked import Asked
from relations.grouping.group_changes import Group, GroupChanges
from relations.grouping.group_tasks import best_choices, grouped
from relations.grouping.grouping import Grouping


@dataclass(frozen=True)
class TrainedCandidates:
    """What came of the search.

    Attributes:
        predicted: The grouping that pairs alone would have led to.
        grouping: The best grouping, of what was measured and predicted.
        changes: The changes of all groups that are known.
        trained: The groups of more than two tasks that were trained, in that order.
    """

    predicted: Grouping
    grouping: Grouping
    changes: GroupChanges
    trained: tuple[Group, ...]


def train_candidates(
    runs: GroupRuns, seeds: Sequence[int], asked: Asked, keep: int
) -> TrainedCandidates:
    """Train the groups of the best groupings, solve again, and so on.

    Each pass trains every group of the `keep` best groupings that is still predicted, and one
    network for all tasks. It ends when the best grouping has been measured, which it must, as there
    are so many groups and no more.

    Args:
        runs: Where groups are trained; the probe's runs are there.
        seeds: Seeds of every run.
        asked: Which groupings are allowed.
        keep: How many groupings; 0 trains nothing, so that groups stay predicted.
    """
    asked = replace(asked, small_gains=runs.small_gains(seeds)) if asked.small else asked
    changes = runs.changes(seeds)
    pairs = replace(changes, scaled={g: c for g, c in changes.scaled.items() if len(g) <= 2})
    predicted = grouped(pairs, asked)
    trained: dict[Group, None] = {}
    failed: set[Group] = set()
    while keep:
        choices = best_choices(changes, asked, keep)
        wanted = [network.tasks for choice in choices for network in choice.networks
                  if not network.measured]  # fmt: skip
        if runs.tasks not in changes.scaled and len(runs.tasks) > 2:
            wanted.append(runs.tasks)
        wanted = [group for group in dict.fromkeys(wanted) if group not in failed]
        if not wanted or (trained and choices[0].measured):
            break
        _say(runs, wanted, seeds)
        runs.train(wanted, seeds)
        changes = runs.changes(seeds)
        trained |= dict.fromkeys(wanted)
        failed |= {group for group in wanted if group not in changes.scaled}
    return TrainedCandidates(predicted, grouped(changes, asked), changes, tuple(trained))


def _say(runs: GroupRuns, groups: Sequence[Group], seeds: Sequence[int]) -> None:
    new = set(runs.runs(groups, seeds)) - runs.place.finished()
    if new:
        named = ", ".join("+".join(group) for group in groups)
        runs.place.tell(f"candidates: {named}: {len(new)} runs to train")
