"""Which pairs of methods a comparison tests against each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.comparison.questions import Question, questions_against, usual_questions
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import Wanted

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from gradsplit.studies.comparison.method_choice import Chosen


def asked(
    comparison: "Comparison",
    baseline: str | None,
    against: Sequence[str | Question] | None,
    chosen: "Chosen | None" = None,
) -> tuple[Question, ...]:
    """The questions that somebody asked, or those that matter.

    Args:
        comparison: The methods.
        baseline: What all are compared with; None when it is not there.
        against: See `gradsplit.compare`.
        chosen: What the methods were asked for as; their names say so when None.
    """
    if against is not None:
        return questions_against(comparison.methods, against)
    if baseline is None:
        return ()
    words = {
        name: method.text if isinstance(method, Wanted) else method.name
        for name, method in (chosen or {}).items()
    }
    free = {
        name for name, method in registered().items() if method.group == "balanced without a search"
    }
    return usual_questions(comparison, baseline, words=words, balanced=free)
