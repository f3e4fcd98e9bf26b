"""What speaks against believing a recommendation, or taking it in place of another."""

from collections.abc import Mapping
from typing import Any

from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.recommendation.asked import Asked
from gradsplit.studies.recommendation.files.replaced_answer import replaced_answer, replaced_warning
from gradsplit.studies.recommendation.judging.judgement import Judged
from gradsplit.studies.recommendation.racing.contest import Contest
from gradsplit.studies.recommendation.racing.failed_runs import failed_warnings
from gradsplit.studies.training_warnings import training_warnings


def against(
    contest: Contest, judged: Judged, asked: Asked, facts: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """A line for each thing, and the stronger answer that lies in the folder; empty without one.

    Args:
        contest: The race.
        judged: The finalists.
        asked: What was asked for.
        facts: That as `Asked.facts` has it.
    """
    place, judging = contest.runs.place, list(judged.comparison.scores[SINGLE])
    masked = any("mask=" in one.words for one in contest.configurations.values())
    failed = failed_warnings(place.failed, asked.judging, judging, place.ledger, masked=masked)
    replaces = replaced_answer(place.ledger.parent, judged.comparison.tasks, len(judging), facts)
    return [*failed, *training_warnings(place), *replaced_warning(replaces)], replaces
