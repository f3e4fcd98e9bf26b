"""What becomes of runs that failed: the seeds that are left, and what is said of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.recommendation.configuration import MULTI_HEAD
from relations.running.failures import show_failures
from relations.runs import brief_error

if TYPE_CHECKING:
    from relations.runs import Outcome


def seeds_left(
    lost: "Mapping[str, Sequence[Outcome]]", seeds: Sequence[int], fewest: int
) -> list[int]:
    """The seeds in which no run failed; all where what everything is held against has too few.

    Where too few would be left, who failed most often is given up, and its seeds count again.

    Args:
        lost: Name -> its runs that failed, of single-task training as well.
        seeds: All of them.
        fewest: So many must be left.

    Example:
        >>> from relations.runs import Outcome, Run
        >>> def failed(*seeds):
        ...     return [Outcome(Run(("pose",), seed), error="no memory") for seed in seeds]
        >>> seeds_left({"multi-head": failed(9), "db-mtl": failed(8)}, range(8, 12), 2)
        [10, 11]
        >>> seeds_left({"multi-head": failed(9), "db-mtl": failed(8, 10)}, range(8, 12), 2)
        [8, 10, 11]
    """
    of = {name: {one.run.seed for one in failed} for name, failed in lost.items()}
    while len(left := [seed for seed in seeds if seed not in set().union(*of.values())]) < fewest:
        others = [name for name in of if of[name] and name not in (SINGLE, MULTI_HEAD)]
        if not others:
            return list(seeds)
        of.pop(max(others, key=lambda name: len(of[name])))
    return left


def of_its_trainings(failed: "Sequence[Outcome]") -> str:
    """How many trainings of a search failed, and of what the first."""
    return f"{len(failed)} of its trainings failed: {_cause(failed[0])}"


def failed_warnings(
    failed: "Sequence[Outcome]",
    asked: Sequence[int],
    judged: Sequence[int],
    ledger: Path,
    *,
    masked: bool,
) -> list[str]:
    """What failed in a recommendation, a line each; nothing where all went well.

    Args:
        failed: Runs that failed.
        asked: The seeds that should have judged.
        judged: Those that did.
        ledger: Where all of why they failed is kept.
        masked: Whether a mask took part in the race.
    """
    if not failed:
        return []
    first = f"{failed[0].run}: {_cause(failed[0])}"
    warnings = [f"1 training failed, and calling again tries it again: {first}"]
    if len(failed) > 1:
        many = f"{len(failed)} trainings failed, and calling again tries them again"
        warnings = [f"{many}; the first, {first}"]
    warnings[0] += f" (`{show_failures(ledger)}` shows all that is kept of why)"
    if any(len(one.run.tasks) == 2 and not one.run.variant for one in failed):
        block = ", and masks block them" if masked else ""
        warnings.append(f"the edges of pairs that failed are unknown{block}")
    if lost := [f"{seed}" for seed in asked if seed not in judged]:
        seeds = f"seed {lost[0]} is" if len(lost) == 1 else f"seeds {', '.join(lost)} are"
        warnings.append(f"{seeds} left out of the judgement, as trainings failed there")
    return warnings


def _cause(failed: "Outcome") -> str:
    return brief_error(failed).partition("\n")[0].rstrip(".")
