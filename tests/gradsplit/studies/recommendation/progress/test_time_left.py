from dataclasses import replace

import pytest

from gradsplit.studies.recommendation.progress.progress_file import Progress
from gradsplit.studies.recommendation.progress.time_left import time_left
from relations.runs import Outcome, Run

RACE = Progress(100, 3, 2, None, ("", 1, ""), 0.0, "race", runs=(("probe.db", "fast", "a+b+c", 0),))


def done(variant, size, *seconds):
    return [
        Outcome(Run(tuple("abc"[:size]), seed, variant), dict.fromkeys("abc", 0.5), None, each)
        for seed, each in enumerate(seconds)
    ]


SEEN = [*done("", 1, 1.0, 3.0), *done("fast", 3, 2.0), *done("slow", 3, 10.0, 10.0)]


def test_runs_of_this_stage_take_as_long_as_those_of_their_kind():
    missing = [("probe.db", "", "a", 5), ("probe.db", "fast", "a+b+c", 5)]
    assert time_left(RACE, missing, 0, SEEN, 1).seconds == pytest.approx(2 + 2)


def test_what_follows_is_every_task_alone_in_the_judgement_and_the_slowest_first():
    # Two seeds of three tasks alone; the slow one has three of its five seeds left.
    assert time_left(RACE, [], 6 + 3, SEEN, 1).seconds == pytest.approx(6 * 2 + 3 * 10)
    assert time_left(RACE, [], 6 + 5, SEEN, 1).seconds == pytest.approx(6 * 2 + 3 * 10 + 2 * 2)


def test_as_many_at_once_as_there_are_workers_or_running():
    missing = [("probe.db", "", "a", seed) for seed in range(8)]
    assert time_left(RACE, missing, 0, SEEN, 4).seconds == pytest.approx(4)
    assert time_left(replace(RACE, workers=8), missing, 0, SEEN, 1).seconds == pytest.approx(2)
    one = missing[:1]
    assert time_left(replace(RACE, workers=8), one, 0, SEEN, 1).seconds == pytest.approx(2)


def test_a_candidate_that_was_never_trained_counts_as_the_slowest_and_is_said():
    left = time_left(RACE, [("probe.db", "new", "a+b+c", 5)], 0, SEEN, 1)
    assert (left.seconds, left.untried) == (pytest.approx(10), True)
    assert not time_left(RACE, [("probe.db", "", "a", 5)], 0, SEEN, 1).untried


def test_nothing_is_told_where_nothing_alike_was_trained():
    assert time_left(RACE, [("probe.db", "", "a", 0)], 0, [], 1) is None
    assert time_left(RACE, [], 9, done("", 1, 1.0), 1) is None
