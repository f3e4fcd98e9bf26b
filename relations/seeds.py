"""How many seeds: a fixed number, or as many as an edge needs to be decided."""

import re
from dataclasses import dataclass

from relations.errors import RelationsError, argument
from relations.statistics.corrections import Correction, check_levels

DEFAULT_HARM_THRESHOLD = -0.01  # fraction of the single-task score; the rule of GradSplit's authors

MOST_SEEDS = 10_000
"""A larger number is a slip; the list of its runs alone would fill the memory."""


@dataclass(frozen=True)
class Seeds:
    """Adaptive seeds: every edge gets `low`, an undecided one up to `high`.

    The edges are looked at whenever the number of seeds has grown by a third. After each look only
    pairs with an undecided edge, and the single-task runs of the targets of undecided edges, get
    more seeds, the edges nearest to the threshold first. The error level holds over all looks (see
    `relations.statistics.corrections.look_shares`) and over all edges.

    Args:
        low: Seeds of the first look, at least 2.
        high: Most seeds of an edge.
        threshold: The harm threshold that edges are decided against, in (-1, 0].
        level: Confidence level, in (0, 1).
        correction: How the number of edges is accounted for.

    Raises:
        RelationsError: A number is out of range.

    Example:
        >>> Seeds(3, 10).looks
        (3, 4, 6, 8, 10)
    """

    low: int
    high: int
    threshold: float = DEFAULT_HARM_THRESHOLD
    level: float = 0.95
    correction: Correction = "holm"

    def __post_init__(self) -> None:
        if not 2 <= self.low < self.high <= MOST_SEEDS:
            raise RelationsError(
                f"Adaptive seeds go from at least 2 to more than that, at most {MOST_SEEDS}, got "
                f"{self}. Use 3..10, or a plain number for a fixed one."
            )
        check_levels(self.threshold, self.level, self.correction)

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of seeds at which the edges are looked at."""
        looks = [self.low]
        while looks[-1] < self.high:
            looks.append(min(self.high, max(looks[-1] + 1, -(-4 * looks[-1] // 3))))
        return tuple(looks)

    def __str__(self) -> str:
        return f"{self.low}..{self.high}"


def parse_seeds(text: str) -> "range | Seeds":
    """Seeds from the command line: "5" is 0 to 4, "3..10" is adaptive.

    Raises:
        RelationsError: The text is neither.

    Example:
        >>> parse_seeds("5"), str(parse_seeds("3..10"))
        (range(0, 5), '3..10')
    """
    # Python reads no number of more than a few thousand digits.
    fixed = re.fullmatch(r"\d{1,9}", text)
    adaptive = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", text)
    if fixed and 0 < int(text) <= MOST_SEEDS:
        return range(int(text))
    if adaptive:
        return Seeds(int(adaptive[1]), int(adaptive[2]))
    raise RelationsError(
        f"{argument('seeds')} must be a number such as 5, at most {MOST_SEEDS}, or a range such "
        "as 3..10 for "
        f"adaptive seeds, got {text!r}."
    )
