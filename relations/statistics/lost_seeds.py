"""Seeds of which nothing is left: every run of them failed, whoever was trained."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from relations.runs import Outcome, failure_note
from relations.tables.first_names import first_names

FEWEST = 2
"""So many other seeds must have a finished run."""


def lost_seeds(tasks: Sequence[str], outcomes: Sequence[Outcome]) -> list[int]:
    """The seeds without a finished run on which every task failed when it was trained alone.

    An edge that lost a seed is unknown, since the seeds that survive may be the lucky ones. On such
    a seed nobody survived and nobody was chosen, so that leaving it out for all favours no edge.
    Source: our choice.

    Args:
        tasks: T names.
        outcomes: Finished and failed runs.

    Returns:
        None of them where fewer than two other seeds have a finished run.

    Example:
        >>> from relations.runs import Run
        >>> runs = [Outcome(Run(("a",), seed), {"a": 1.0}) for seed in (0, 1)]
        >>> lost_seeds(["a"], [*runs, Outcome(Run(("a",), 2), error="ValueError: 2")])
        [2]
    """
    failed: dict[int, set[str]] = defaultdict(set)
    finished: set[int] = set()
    for outcome in outcomes:
        run = outcome.run
        if outcome.scores is not None:
            finished.add(run.seed)
        elif len(run.tasks) == 1:
            failed[run.seed].add(run.tasks[0])
    if len(finished) < FEWEST:
        return []
    return sorted(
        seed for seed, alone in failed.items() if seed not in finished and alone >= set(tasks)
    )


def without_lost_seeds(
    tasks: Sequence[str], outcomes: Iterable[Outcome]
) -> tuple[tuple[Outcome, ...], list[int]]:
    """The runs of all other seeds, and the seeds that are left out."""
    outcomes = tuple(outcomes)
    lost = lost_seeds(tasks, outcomes)
    return tuple(outcome for outcome in outcomes if outcome.run.seed not in lost), lost


def run_notes(
    tasks: Sequence[str], outcomes: Sequence[Outcome], lost: Sequence[int]
) -> dict[str, str]:
    """What is to be said of failed runs, under "": seeds that are left out, and runs of others.

    Args:
        tasks: T names.
        outcomes: Runs of all other seeds.
        lost: See `lost_seeds`.
    """
    told = list(failure_note(tasks, outcomes).values())
    if lost:
        one = len(lost) == 1
        told.append(
            f"seed{'' if one else 's'} {first_names(lost)} {'is' if one else 'are'} left out for "
            f"all tasks: every run of {'it' if one else 'them'} failed"
        )
    return {"": "\n".join(told)} if told else {}
