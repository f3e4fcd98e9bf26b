"""Runs without scores: those whose numbers ran away, and those that failed."""

from typing import TYPE_CHECKING

from gradsplit.errors import DivergedError

if TYPE_CHECKING:
    from relations.runs import Outcome


def has_diverged(outcome: "Outcome") -> bool:
    """Whether a run failed because its numbers ran away, not by a bug or for lack of memory."""
    return (outcome.error or "").startswith(f"{DivergedError.__name__}: ")


def has_failed(outcome: "Outcome") -> bool:
    """Whether a run has no scores for another reason, which a second try may mend.

    Example:
        >>> from relations.runs import Outcome, Run
        >>> has_failed(Outcome(Run(("pose",), 0), error="RuntimeError: out of memory"))
        True
        >>> has_failed(Outcome(Run(("pose",), 0), error="DivergedError: the loss is nan"))
        False
    """
    return outcome.scores is None and not has_diverged(outcome)
