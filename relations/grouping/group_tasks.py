"""Which tasks should share a network, from what was measured."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice
from math import comb

from relations.errors import GroupingError
from relations.grouping.asked import Asked
from relations.grouping.candidate import Choice
from relations.grouping.exact import MOST_TASKS
from relations.grouping.group_changes import GroupChanges
from relations.grouping.grouping import Grouping
from relations.grouping.predicted import Predictor, Rule
from relations.grouping.problem import Pair
from relations.grouping.ranked import ranked_choices
from relations.grouping.stability import stability
from relations.statistics.change_matrix import ChangeMatrix


def group_tasks(
    changes: ChangeMatrix | GroupChanges,
    networks: int | None = None,
    *,
    budget: float | None = None,
    disjoint: bool = False,
    together: Iterable[Pair] = (),
    apart: Iterable[Pair] = (),
    largest: int | None = None,
    rule: Rule = "mean",
    draws: int | None = None,
) -> Grouping:
    """Choose networks so that every task is served and all gain most in sum.

    A task may be in several networks; it is served by the one in which it gains most, and helps in
    the others. Groups of more than two tasks are predicted from pairs unless they were trained;
    on published data such predictions reached a third of the possible gain on one set and nine
    tenths on another, so train what is chosen before you rely on it: `gradsplit group` does.

    Args:
        changes: Relations of T tasks, with larger groups where they were trained.
        networks: Most networks; or
        budget: what they may cost together, where one costs 1.
        disjoint: No task may be in two networks.
        together: Pairs of tasks that one network must serve.
        apart: Pairs of tasks that must not be in the same network.
        largest: Most tasks of a network.
        rule: How groups that were not trained are predicted; see `Predictor`.
        draws: Draws of seeds for the stability; by the number of tasks when None.

    Returns:
        The best grouping: exactly for at most 15 tasks, by search above.

    Raises:
        GroupingError: What is asked cannot be had; all reasons at once.
        TaskError: A rule names a task that there is not.

    Source: the objective of Standley et al., "Which Tasks Should Be Learned Together in Multi-task
    Learning?", ICML 2020. Cost: below a second for 8 tasks, seconds for 12, a minute for 15.

    Example:
        >>> nan = float("nan")
        >>> changes = ChangeMatrix(["a", "b", "c"],
        ...     [[nan, 0.05, -0.08], [0.02, nan, -0.03], [-0.04, -0.01, nan]])
        >>> grouping = group_tasks(changes, networks=2)
        >>> grouping.groups, grouping.serves
        ((('a', 'b'), ('c',)), {'a': 0, 'b': 0, 'c': 1})
    """
    asked = Asked(networks=networks, budget=budget, disjoint=disjoint, together=tuple(together),
                  apart=tuple(apart), largest=largest, rule=rule)  # fmt: skip
    known = changes if isinstance(changes, GroupChanges) else GroupChanges.from_changes(changes)
    return grouped(known, asked, draws)


def grouped(changes: GroupChanges, asked: Asked, draws: int | None = None) -> Grouping:
    """The best grouping of what is asked, with its runner-up and stability."""
    choices = best_choices(changes, asked, 2)
    if not choices:
        raise GroupingError(_none_can_be_had(changes, asked))
    steady = None
    # What was chosen as the only one is the best with any seeds, which says nothing of it.
    if len(changes.tasks) <= MOST_TASKS and len(choices) > 1:
        steady = stability(changes, lambda means: asked.best(changes.tasks, means), draws)
    return Grouping(
        changes.tasks,
        choices[0],
        asked.most,
        runner_up=choices[1] if len(choices) > 1 else None,
        stability=steady,
        together=all_together(changes, asked.rule),
        together_trained=changes.tasks in changes.means(),
        relative=changes.relative,
        notes=(
            *changes.notes,
            *changes.warnings,
            *_not_compared(changes, asked, alone=len(choices) == 1),
        ),
    )


def _not_compared(changes: GroupChanges, asked: Asked, *, alone: bool) -> Iterator[str]:
    """How many networks could not be compared because they are not known.

    Args:
        changes: What is known of groups.
        asked: Which groupings are allowed.
        alone: Whether one grouping alone could be had.
    """
    size = len(changes.tasks)
    if not changes.notes or not asked.predict or size > MOST_TASKS:
        return
    problem = asked.problem(changes.tasks, changes.means())
    known = {one.tasks for one in problem.candidates if len(one.tasks) > 1}
    most = asked.largest or size
    total = sum(comb(size, members) for members in range(2, most + 1))
    unknown = total - sum(len(group) <= most for group in known)
    if unknown:
        are, them = ("is", "it") if unknown == 1 else ("are", "them")
        forced = ", and the choice was forced: the budget has no other" if alone else ""
        yield (
            f"{unknown} of {total} networks of two tasks or more {are} not known, so groupings "
            f"with {them} could not be compared{forced}"
        )


def _none_can_be_had(changes: GroupChanges, asked: Asked) -> str:
    """What to say where there is no grouping: the rules' fault, or that of what is not known.

    Raises:
        GroupingError: No results could make it possible.
    """
    asked.check(changes.tasks)
    if not changes.notes:
        return asked.impossible(changes.tasks)
    known, tasks = changes.means(), changes.tasks
    unknown = any(pair not in known for pair in combinations(tasks, 2))
    whole = (
        f", and so {'+'.join(tasks)}, which nobody trained"
        if unknown and tasks not in known
        else ""
    )
    return (
        f"No grouping of what is known serves every task within the budget of {asked.most:g}; "
        f"{'; '.join(changes.notes)}{whole}. Train what is missing, allow more, or take rules back."
    )


def best_choices(changes: GroupChanges, asked: Asked, most: int) -> Sequence[Choice]:
    """The best choices of different networks, at most so many; by search the best one only."""
    means = changes.means()
    if len(changes.tasks) <= MOST_TASKS:
        return list(islice(ranked_choices(asked.problem(changes.tasks, means)), most))
    choice = asked.best(changes.tasks, means)
    return [] if choice is None else [choice]


def all_together(changes: GroupChanges, rule: Rule) -> dict[str, float] | None:
    """What the tasks gain in one network for all: measured, else predicted; None if unknown.

    It is unknown, and not predicted, where that network was trained and has no change.
    """
    predictor = Predictor.of_groups(changes.tasks, changes.means(), rule)
    members = range(len(changes.tasks))
    if not predictor.knows(members):
        return None
    return dict(zip(changes.tasks, predictor.gains(members).tolist(), strict=True))
