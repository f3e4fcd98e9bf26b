"""Which tasks lose by sharing: by two standard errors, or in the mean."""

import pytest

from gradsplit.studies.recommendation.judging.harm import harmed_tasks

SEEDS = [{"sure": -0.05, "noisy": -0.01, "well": 0.1}, {"sure": -0.06, "noisy": -0.3, "well": -0.1}]


@pytest.mark.parametrize(("sure", "harmed"), [(2.0, ["sure"]), (0.0, ["sure", "noisy"])])
def test_two_seeds_may_not_tell(sure, harmed):
    assert harmed_tasks(SEEDS, {}, -0.01, sure=sure) == harmed


def test_one_seed_has_no_spread():
    assert harmed_tasks(SEEDS[:1], {}, -0.02) == ["sure"]
