"""Side scores in runs tables of others: read, written back, and never taken for tasks."""

import pytest

from relations import Task, load_changes, read_runs_table, write_runs_table
from relations.errors import TableError

LONG = """tasks,seed,task,score,higher_is_better
pose,0,pose,0.5,true
pose,0,pose@head top,0.9,
reid,0,reid,0.4,true
reid,0,reid@rank-1,n/a,
pose+reid,0,pose,0.6,true
pose+reid,0,reid,0.3,true
pose+reid,0,reid@rank-1,0.35,
"""
WIDE = """tasks,seed,pose,reid,pose@head top,reid@rank-1
pose,0,0.5,,0.9,
reid,0,,0.4,,n/a
pose+reid,0,0.6,0.3,,0.35
"""


@pytest.fixture(params=[LONG, WIDE], ids=["long", "wide"])
def path(tmp_path, request):
    file = tmp_path / "runs.csv"
    file.write_text(request.param)
    return file


def test_they_stand_beside_the_scores(path):
    table = read_runs_table(path)
    assert [task.name for task in table.tasks] == ["pose", "reid"]
    side = {one.run.tasks: one.side for one in table.outcomes}
    assert side == {
        ("pose",): {"pose@head top": 0.9},
        ("reid",): {},
        ("pose", "reid"): {"reid@rank-1": 0.35},
    }
    assert load_changes(path).side[1].beside == {"pose": {0: 0.35}}


def test_what_is_written_is_read_back(path, tmp_path):
    table = read_runs_table(path)
    write_runs_table(table.tasks, table.outcomes, tmp_path / "again.csv")
    assert read_runs_table(tmp_path / "again.csv") == table


def test_a_task_of_such_a_name_is_a_task(tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("tasks,seed,task,score\na+a@b,0,a,1\na+a@b,0,a@b,2\na,0,a,1\na@b,0,a@b,2\n")
    table = read_runs_table(file)
    assert [task.name for task in table.tasks] == ["a", "a@b"]
    assert all(not one.side for one in table.outcomes)


def test_kinds_and_directions_are_those_of_tasks(tmp_path):
    tasks = [Task("pose", change="absolute", threshold=-0.02), Task("reid", higher_is_better=False)]
    file = tmp_path / "first.csv"
    file.write_text(LONG)
    write_runs_table(tasks, read_runs_table(file).outcomes, tmp_path / "runs.csv")
    again = read_runs_table(tmp_path / "runs.csv")
    assert list(again.tasks) == tasks and again.outcomes[0].side == {"pose@head top": 0.9}


def test_doubled_ones_and_those_of_no_run_are_refused(tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text(LONG + "pose,0,pose@head top,0.8,\npose,7,pose@head top,0.8,\n")
    with pytest.raises(TableError) as caught:
        read_runs_table(file)
    assert "line 9: pose seed 0 has a side score pose@head top already" in str(caught.value)
    assert "line 10: pose@head top is a side score of a run without scores" in str(caught.value)
