"""How a task's change is measured: as a ratio, as a difference, or in the seeds' own spread."""

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal, Self

from relations.errors import TaskError

KindName = Literal["relative", "absolute", "standardised"]
RELATIVE, ABSOLUTE, STANDARDISED = KIND_NAMES = ("relative", "absolute", "standardised")

SHORT = {RELATIVE: "%", ABSOLUTE: "abs.", STANDARDISED: "sd"}
"""The unit of each kind as it stands behind a number."""
_UNITS = {
    RELATIVE: "fraction of the single-task score",
    ABSOLUTE: "the metric's own unit",
    STANDARDISED: "standard deviations of the single-task score over seeds",
}
EXAMPLES = {ABSOLUTE: -0.02, STANDARDISED: -1}
"""A threshold of each kind that has one of its own, as messages suggest it."""
_UNBOUNDED = 1e4  # the inverse of a log scale runs away where few seeds say little
_SMALLEST = {RELATIVE: 0.01, ABSOLUTE: 1.0, STANDARDISED: 1.0}


@dataclass(frozen=True)
class ChangeKind:
    """How a task's change is measured, and from where on it is harm.

    - "relative": score with the source - score alone, over the size of the score alone; a fraction,
      averaged on the log scale; for scores that keep their sign. The default.
    - "absolute": score with the source - score alone, in the metric's own unit.
    - "standardised": the same in units of the standard deviation of the task's single-task scores
      over all seeds that have one.

    All are turned so that positive is better.

    Args:
        name: One of the above.
        threshold: Harm begins below it, in the unit of the kind; at most 0. Of a relative change
            None, until a relation graph says at which it judges.
        spread: Of a standardised change, the standard deviation that is its unit, when known.

    Raises:
        TaskError: There is no such kind, or the threshold is missing or not possible.

    Example:
        >>> ChangeKind("absolute", -0.02).text(-0.05), ChangeKind().text(-0.05)
        ('-0.0500 abs.', '-5.00%')
    """

    name: KindName = RELATIVE
    threshold: float | None = None
    spread: float | None = None

    def __post_init__(self) -> None:
        if self.name not in KIND_NAMES:
            raise TaskError(
                f"A change is one of {', '.join(map(repr, KIND_NAMES))}, got {self.name!r}."
            )
        if self.spread is not None and not (
            _is_number(self.spread) and 0 <= self.spread < math.inf
        ):
            raise TaskError(
                f"The spread of scores over seeds must be a number, 0 or more, got {self.spread!r}."
            )
        given = self.threshold
        if given is None:
            if self.name != RELATIVE:
                raise TaskError(
                    f"A change of kind {self.name!r} needs a threshold of its own, in "
                    f"{self.unit}: below it is harm. Give e.g. threshold={EXAMPLES[self.name]}."
                )
            return
        lowest = -1 if self.name == RELATIVE else -sys.float_info.max
        if not _is_number(given) or not lowest < given <= 0:
            raise TaskError(
                f"The threshold of a change of kind {self.name!r} must be a number of at most 0 "
                f"in {self.unit}, got {given!r}. Negative is worse."
            )

    @property
    def unit(self) -> str:
        """In which unit its changes are, in words."""
        return _UNITS[self.name]

    @property
    def short(self) -> str:
        """The unit as it stands behind a number."""
        return SHORT[self.name]

    @property
    def size(self) -> float:
        """How large a change is one threshold: 0.01, or 1 of other kinds, where that is 0."""
        return abs(self.threshold or 0.0) or _SMALLEST[self.name]

    def at(self, threshold: float) -> Self:
        """The same kind with the threshold at which relative changes are judged."""
        return replace(self, threshold=threshold + 0.0) if self.name == RELATIVE else self

    def number(self, change: float, digits: int = 2, *, sign: bool = True) -> str:
        """A change without its unit: of a relative one in per cent, its hundredth of the threshold.

        Args:
            change: In the unit of the kind, a fraction of a relative one.
            digits: Decimals in per cent or standard deviations; of an absolute change, figures of
                which a threshold has at least so many behind its first.
            sign: Write + before what is better.

        An end of an interval that is beyond any change is "no bound".
        """
        if self.name == RELATIVE and abs(change) > _UNBOUNDED:
            return "no bound"
        if self.name == ABSOLUTE:
            digits = min(max(digits - math.floor(math.log10(self.size)), 0), 12)
        value = 100 * change if self.name == RELATIVE else change
        # z: what is rounded to nothing has no minus.
        return f"{value:{'+' if sign else ''}z.{digits}f}"

    def text(self, change: float, digits: int = 2, *, sign: bool = True) -> str:
        """A change with its unit: `-5.00%`, `-0.0500 abs.` or `-1.20 sd`."""
        if self.name == RELATIVE and abs(change) > _UNBOUNDED:
            return self.number(change)
        space = "" if self.name == RELATIVE else " "
        return f"{self.number(change, digits, sign=sign)}{space}{self.short}"

    def facts(self) -> dict[str, Any]:
        """As plain values, for files: kind, unit, threshold, and the spread where there is one."""
        facts = {"kind": self.name, "unit": self.unit, "threshold": self.threshold}
        return facts if self.spread is None else {**facts, "spread": self.spread}

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self:
        """The kind of which `facts` were written.

        Raises:
            TaskError: They are of none.
        """
        return cls(facts.get("kind", RELATIVE), facts.get("threshold"), facts.get("spread"))


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def thresholds_text(tasks: Sequence[str], kinds: Sequence[ChangeKind], relative: float) -> str:
    """Below what changes are harm, for people: the relative threshold, then each task's own.

    Example:
        >>> thresholds_text(["pose", "r2"], [ChangeKind(), ChangeKind("absolute", -0.02)], -0.01)
        '-1.00%, -0.0200 abs. of r2'
    """
    others = [kind.name != RELATIVE for kind in kinds]
    texts = [] if others and all(others) else [f"{relative:.2%}"]
    texts += [
        f"{kind.text(kind.threshold or 0.0)} of {task}"
        for task, kind in zip(tasks, kinds, strict=False)
        if kind.name != RELATIVE
    ]
    return ", ".join(texts)
