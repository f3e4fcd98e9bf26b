"""Columns that say which way a metric is better, by whatever name."""

import pytest

from relations.errors import TableError
from relations.tables.runs_table import read_runs_table

RUNS = (("mask", "mask"), ("depth", "depth"), ("mask+depth", "mask"), ("mask+depth", "depth"))


@pytest.fixture
def depth_rises(tmp_path):
    def read(column, cell):
        lines = [f"tasks,seed,task,score,{column}"]
        lines += [f"{run},0,{task},0.5,{cell if task == 'depth' else ''}" for run, task in RUNS]
        path = tmp_path / "runs.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        tasks = read_runs_table(path).tasks
        return {task.name: task.higher_is_better for task in tasks}["depth"]

    return read


@pytest.mark.parametrize(
    ("column", "cell", "rises"),
    [
        ("higher_better", "no", False),
        ("Greater is better", "True", True),
        ("lower_better", "1", False),
        ("direction", "minimize", False),
        ("mode", "min", False),
        ("goal", "Maximise", True),
        ("which way", "↓", False),
        ("mode", "train", True),
        ("split", "val", True),
    ],
)
def test_a_direction_is_read_whatever_its_column_is_called(depth_rises, column, cell, rises):
    assert depth_rises(column, cell) is rises


def test_a_column_that_speaks_of_better_in_unknown_words_is_a_question(depth_rises):
    with pytest.raises(TableError, match="`smaller_is_better`: does it say that higher is better"):
        depth_rises("smaller_is_better", "true")


def test_tasks_that_are_called_max_and_min_are_no_directions(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("tasks,seed,task,score\nmin,0,min,0.5\nmax,0,max,0.5\n")
    assert all(task.higher_is_better for task in read_runs_table(path).tasks)
