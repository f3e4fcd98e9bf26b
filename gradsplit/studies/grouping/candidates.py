"""Candidates are trained until the best grouping is one that was measured."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from gradsplit.studies.grouping.group_runs import GroupRuns
from relations.grouping.asked import Asked
from relations.grouping.candidate import Choice
from relations.grouping.group_changes import Group, GroupChanges
from relations.grouping.group_tasks import best_choices, grouped
from relations.grouping.grouping import Grouping


@dataclass(frozen=True)
class Limits:
    """How much is trained.

    Attributes:
        keep: Of how many of the best groupings the groups are trained in a pass; 0 trains nothing,
            so that groups stay predicted.
        most_runs: How many runs of candidates at most, those counted that the ledger held before,
            so that a call that goes on after a stop has no more than one without a stop.
    """

    keep: int
    most_runs: int

    def room(self, trained: int, seeds: int) -> int:
        """How many groups may still be trained after some."""
        return max(0, self.most_runs // seeds - trained)


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
    runs: GroupRuns, seeds: Sequence[int], asked: Asked, limits: Limits
) -> TrainedCandidates:
    """Train the groups of the best groupings, solve again, and so on.

    Each pass trains every group of the best groupings that is still predicted, and one
    network for all tasks. What the ledger holds of larger groups is looked at when a pass asks for
    it, so that a call after a stop asks for the same ones as one without; what other calls trained
    is looked at when no pass asks for more. A group that was trained and has no change is never
    predicted again. So it ends when the best grouping has been measured, which it must, as there
    are so many groups and no more; or when no more runs are allowed, and then the best of the
    measured groupings is taken.

    Args:
        runs: Where groups are trained; the probe's runs are there.
        seeds: Seeds of every run.
        asked: Which groupings are allowed.
        limits: How much is trained.

    Raises:
        GroupingError: No grouping is left of those whose networks have a change.
    """
    asked = replace(asked, small_gains=runs.small_gains(seeds)) if asked.small else asked
    changes = runs.changes(seeds)
    predicted = grouped(_seen(changes, ()), asked)
    trained: dict[Group, None] = {}
    seen: set[Group] = set()
    while limits.keep:
        choices = best_choices(_seen(changes, seen), asked, limits.keep)
        wanted = [group for group in dict.fromkeys([*_together(runs), *_predicted(choices)])
                  if group not in seen]  # fmt: skip
        if not wanted or (trained and choices and choices[0].measured):
            others = _larger(changes) - seen
            if not others:
                break
            seen |= others
            continue
        wanted = wanted[: limits.room(len(seen), len(seeds))]
        if not wanted:
            if choices and not choices[0].measured:
                asked = replace(asked, predict=False)
                changes = replace(changes, notes=(*changes.notes, _stopped(choices[0], limits)))
            break
        _say(runs, wanted, seeds)
        runs.train(wanted, seeds)
        changes = runs.changes(seeds)
        trained |= dict.fromkeys(wanted)
        seen |= set(wanted)
    grouping = grouped(changes, asked)
    if not asked.predict:  # a better one is predicted that was not allowed to be trained
        grouping = replace(grouping, choice=replace(grouping.choice, exact=False))
    return TrainedCandidates(predicted, grouping, changes, tuple(trained))


def _seen(changes: GroupChanges, larger: Collection[Group]) -> GroupChanges:
    """What is known of pairs and of some larger groups."""
    scaled = {
        group: of for group, of in changes.scaled.items() if len(group) < 3 or group in larger
    }
    return replace(changes, scaled=scaled, lost=changes.lost & set(larger))


def _larger(changes: GroupChanges) -> set[Group]:
    """The groups of three tasks and more that were trained, those without a change too."""
    return {group for group in changes.scaled if len(group) > 2} | changes.lost


def _together(runs: GroupRuns) -> list[Group]:
    """One network for all tasks, if it is not a pair."""
    return [runs.tasks] if len(runs.tasks) > 2 else []


def _predicted(choices: Sequence[Choice]) -> list[Group]:
    """The networks of choices that were not trained, those of the best choice first."""
    return [
        network.tasks for choice in choices for network in choice.networks if not network.measured
    ]


def _stopped(best: Choice, limits: Limits) -> str:
    runs = f"{limits.most_runs} run{'' if limits.most_runs == 1 else 's'}"
    left = [str(network) for network in best.networks if not network.measured]
    return (
        f"stopped at {runs} of candidates: this is the best grouping of trained "
        f"networks; one with {', '.join(left)} is predicted to be better and was not trained"
    )


def _say(runs: GroupRuns, groups: Sequence[Group], seeds: Sequence[int]) -> None:
    new = set(runs.runs(groups, seeds)) - runs.place.finished()
    if new:
        named = ", ".join("+".join(group) for group in groups)
        count = f"{len(new)} run{'' if len(new) == 1 else 's'}"
        runs.place.tell(f"candidates: {named}: {count} to train")
