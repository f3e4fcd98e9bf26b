import json

import pytest

from gradsplit.studies.recommendation.progress.progress_file import (
    FILE,
    Progress,
    key_of,
    read_progress,
)
from relations.runs import Run

PROGRESS = Progress(
    90,
    8,
    5,
    2,
    ("here", 7, "123"),
    1.0,
    "race",
    ("multi-head", "gradnorm"),
    True,
    (0, 1),
    (("probe.db", "", "a", 0),),
    (("probe.db", "", "a", 0), ("probe.db", "gradnorm #1", "a+b", 1)),
)


def test_what_is_written_is_read(tmp_path):
    PROGRESS.write(tmp_path)
    assert read_progress(tmp_path) == PROGRESS


def test_a_run_is_the_same_in_whatever_order_its_tasks_are():
    run, turned = (Run(tasks, 3, "gradnorm #1") for tasks in (("b", "a"), ("a", "b")))
    assert key_of("test.db", run) == key_of("test.db", turned)
    assert key_of("test.db", run) == ("test.db", "gradnorm #1", "a+b", 3)


@pytest.mark.parametrize(
    "changed",
    [
        {"format": "another"},
        {"version": 2},
        {"most": "90"},
        {"stage": "lunch"},
        {"process": ["here", 7]},
        {"candidates": [1]},
        {"now": [["probe.db", "", 0, 0]]},
        {"runs": 3},
        {"workers": 0},
        {"at": None},
        {"more": 1},
        {"stopped": 1},
    ],
)
def test_what_is_not_sound_says_nothing(changed, tmp_path):
    PROGRESS.write(tmp_path)
    said = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps(said | changed))
    assert read_progress(tmp_path) is None


def test_no_json_says_nothing(tmp_path):
    (tmp_path / FILE).write_text("[")
    assert read_progress(tmp_path) is None
    (tmp_path / FILE).write_text("[]")
    assert read_progress(tmp_path) is None
