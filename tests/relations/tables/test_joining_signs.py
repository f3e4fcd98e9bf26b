"""Tasks whose names hold a sign that joins tasks are told so, once."""

import pytest

from relations import read_runs_table
from relations.errors import TableError

TOLD = r": `pose \+ hand`, `depth, metric` hold a sign .* such as `pose-hand`\.$"


def table(one, other):
    runs = [(one, [one]), (other, [other]), ("c", ["c"]), (f"{one}+c", [one, "c"])]
    lines = [f'"{run}",0,"{task}",1' for run, tasks in runs for task in tasks]
    return "\n".join(["tasks,seed,task,score", *lines])


def test_names_with_signs_are_told_once(tmp_path):
    (tmp_path / "runs.csv").write_text(table("pose + hand", "depth, metric"))
    with pytest.raises(TableError, match=TOLD):
        read_runs_table(tmp_path / "runs.csv")


def test_columns_with_signs_are_told_once(tmp_path):
    text = 'tasks,seed,pose + hand,"depth, metric"\npose + hand,0,1,\n"depth, metric",0,,1\n'
    (tmp_path / "runs.csv").write_text(text)
    with pytest.raises(TableError, match=TOLD):
        read_runs_table(tmp_path / "runs.csv")


def test_a_run_in_place_of_a_task_is_no_name(tmp_path):
    (tmp_path / "runs.csv").write_text(table("a", "b") + "\na+c,1,a+c,1\nc+a,1,c,1\n")
    with pytest.raises(TableError, match=r"line 7: 'a\+c' is not one of the run's tasks"):
        read_runs_table(tmp_path / "runs.csv")
