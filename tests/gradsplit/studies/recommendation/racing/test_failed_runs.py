"""What is said of runs that failed in a recommendation."""

from pathlib import Path

import pytest

from gradsplit.studies.recommendation.racing.failed_runs import failed_warnings
from relations.runs import Outcome, Run


@pytest.mark.parametrize("masked", [True, False])
def test_masks_are_spoken_of_only_where_one_is_in_the_race(masked):
    failed = [Outcome(Run(("pose", "reid"), 1), error="no memory")]
    said = failed_warnings(failed, [4], [4], Path("best/probe.db"), masked=masked)
    assert said[1].startswith("the edges of pairs that failed are unknown")
    assert ("masks block them" in said[1]) == masked
