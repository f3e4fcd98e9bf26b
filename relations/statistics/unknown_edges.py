"""Why edges are unknown, in words: no run, a failed run, or a score that has no change."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from relations.change_kinds import ABSOLUTE, EXAMPLES, RELATIVE, STANDARDISED
from relations.errors import MaskError, all_problems, argument
from relations.statistics.changes_of_seeds import ChangesOfSeeds
from relations.tables.first_names import first_names

Edge = tuple[str, str]
Names = TypeVar("Names", bound=tuple[str, ...])

MISSING, FAILED = "runs missing", "runs failed or lack a score"
NOT_SAID = "runs missing or failed"
"""Where nobody knows more, such as in a table of changes."""
_MOST_LISTED, _MOST_REFUSED = 12, 10


def why_unknown(changes: ChangesOfSeeds, n: NDArray[np.int64]) -> dict[Edge, str]:
    """Unknown edge (source, target) -> why, in the order of the matrix.

    Args:
        changes: What is known of every seed.
        n: [T, T] in how many of them an edge has a change.

    Example:
        >>> changes = ChangesOfSeeds(["a", "b"], [[np.nan, np.nan], [0.1, np.nan]])
        >>> why_unknown(changes, np.array([[0, 0], [1, 0]]))
        {('a', 'b'): 'runs missing or failed'}
    """
    of_runs = not np.isnan(changes.alone).all()
    unknown = ((n == 0) | (changes.failed > 0)) & ~np.eye(len(n), dtype=bool)
    return {
        (changes.tasks[row], changes.tasks[column]): _why(
            int(changes.failed[row, column]),
            int(changes.unusable[row, column]),
            changes.kinds[column].name,
            MISSING if of_runs else NOT_SAID,
        )
        for row, column in np.argwhere(unknown).tolist()
    }


def _why(failed: int, unusable: int, kind: str, otherwise: str) -> str:
    if failed > unusable:
        return FAILED
    return without_change(kind) if unusable else otherwise


def without_change(kind: str) -> str:
    """That scores are there, but have no change of a kind.

    Example:
        >>> without_change("relative")
        'scores without a relative change'
    """
    return f"scores without a {kind} change"


_WITHOUT_CHANGE = tuple(map(without_change, (RELATIVE, STANDARDISED)))


def by_reason(why: Mapping[Names, str]) -> dict[str, list[Names]]:
    """Reason -> the edges, or groups, that are unknown for it."""
    found: dict[str, list[Names]] = {}
    for edge, reason in why.items():
        found.setdefault(reason, []).append(edge)
    return found


def unknown_lines(changes: ChangesOfSeeds, n: NDArray[np.int64]) -> list[str]:
    """What is said below a printed matrix of the cells that hold a question mark.

    Args:
        changes: See `why_unknown`.
        n: See `why_unknown`.
    """
    lines = [
        f"{len(edges)} edge{' is' if len(edges) == 1 else 's are'} unknown (?): {reason}"
        for reason, edges in by_reason(why_unknown(changes, n)).items()
    ]
    partly = n * (changes.failed > 0)
    if partly.any():
        row, column = np.argwhere(partly)[0].tolist()
        left = int(partly[row, column])
        total = left + int(changes.failed[row, column])
        lines.append(
            f"in ? ({left} of {total}: ...) stands the mean of the seeds that have a change, "
            f"{left} of {total}; those lost may be the worst, so it is not used"
        )
    return lines


def listed(edges: Sequence[Edge], most: int = _MOST_LISTED) -> str:
    """Edges for one line.

    Example:
        >>> listed([("a", "b"), ("b", "a"), ("a", "c")], most=2)
        'a -> b, b -> a and 1 more'
    """
    return first_names((f"{source} -> {target}" for source, target in edges), most)


def reasons_text(reasons: Iterable[str]) -> str:
    """The different reasons of several edges, each once.

    Example:
        >>> reasons_text([FAILED, MISSING, FAILED])
        'runs failed or lack a score, runs missing'
    """
    return ", ".join(dict.fromkeys(reasons))


def refused_mask(why: Mapping[Edge, str], decide: str = "") -> MaskError:
    """That unknown edges give no mask: which they are, why, and the ways out.

    Args:
        why: Edge -> why it is unknown.
        decide: How the caller may say what becomes of them; by the argument `unknown` when empty.
    """
    edges = [f"{source} -> {target} ({reason})" for (source, target), reason in why.items()]
    if len(edges) > _MOST_REFUSED:
        edges = [*edges[:_MOST_REFUSED], f"and {len(edges) - _MOST_REFUSED} more"]
    ways = []
    if set(why.values()) - set(_WITHOUT_CHANGE):
        ways.append("train the runs that are missing or failed")
    others = dict.fromkeys(
        target for (_, target), reason in why.items() if reason in _WITHOUT_CHANGE
    )
    if others:
        absolute = argument("absolute", dict.fromkeys(others, EXAMPLES[ABSOLUTE]))
        ways.append(f"measure {', '.join(others)} absolutely, with a threshold such as {absolute}")
    allow, block = (argument("unknown", choice) for choice in ("allow", "block"))
    ways.append(decide or f"say how to treat them: {allow} or {block}")
    count = "one is" if len(why) == 1 else f"{len(why)} are"
    return MaskError(
        all_problems(f"A mask needs every edge, and {count} unknown. {_either(ways)}", edges)
    )


def _either(ways: list[str]) -> str:
    """Ways out as a sentence's beginning, before what is listed."""
    text = "; or ".join(ways)
    return text[0].upper() + text[1:]
