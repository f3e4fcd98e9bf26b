from pathlib import Path

import pytest

from gradsplit.studies.recommendation.asked import Asked
from gradsplit.studies.recommendation.budget.limits import Limits
from gradsplit.studies.recommendation.progress.noted_progress import NotedProgress
from gradsplit.studies.recommendation.progress.progress_file import read_progress
from relations.runs import Run

TASKS = ("a", "b", "c")
ASKED = Asked(range(2), range(2, 5), Limits(3, 60, 3), 1.0, 1, probed=False)
BOOK = Path("probe.db")


@pytest.fixture
def noted(tmp_path):
    return NotedProgress(tmp_path, TASKS, ASKED, workers=2)


def test_what_runs_are_for_is_seen_from_them(noted):
    stages = []
    for names, runs in [
        (["multi-head"], [Run(("a",), 0), Run(TASKS, 0, "multi-head #1")]),
        ([], [Run(("a",), 0), Run(TASKS, 0, "weights #1")]),
        ([], [Run(("a",), 0), Run(("a", "b"), 0)]),
        ([], [Run(("a", "b"), 0, "steps=400")]),
        (["multi-head"], [Run(("a",), 1), Run(TASKS, 1, "multi-head #1")]),
        (["multi-head"], [Run(("a",), 2), Run(TASKS, 2, "multi-head #1")]),
    ]:
        if names:
            noted.compares(names)
        noted(BOOK, runs)
        stages.append(read_progress(noted.folder).stage)
    assert stages == ["race", "search", "probe", "diagnosis", "race", "judgement"]


def test_of_two_tasks_the_pairs_after_a_probe_are_a_diagnosis(tmp_path):
    noted = NotedProgress(tmp_path, TASKS[:2], ASKED)
    noted(BOOK, [Run(("a", "b"), 0)])
    noted(BOOK, [Run(("a", "b"), 0, "steps=400")])
    assert read_progress(tmp_path).stage == "diagnosis"


def test_runs_are_counted_once_and_those_who_were_there_do_not_join(noted):
    for seed in (0, 0, 1):
        noted.compares(["multi-head"])
        noted(BOOK, [Run(("b", "a"), seed), Run(("c",), 0)])
    found = read_progress(noted.folder)
    assert len(found.runs) == 3
    assert found.now == (("probe.db", "", "a+b", 1), ("probe.db", "", "c", 0))
    assert not found.join
    noted.compares(["gradnorm"])
    noted(BOOK, [Run(("c",), 0)])
    assert read_progress(noted.folder).join


def test_how_it_ended_is_noted(noted):
    noted(BOOK, [Run(("a",), 0)])
    with pytest.raises(ValueError, match="no data"), noted.followed():
        raise ValueError("no data\nat all")
    assert read_progress(noted.folder).stopped == "no data"
    with pytest.raises(KeyboardInterrupt), noted.followed():
        raise KeyboardInterrupt
    assert read_progress(noted.folder).stopped == ""
