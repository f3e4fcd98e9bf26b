"""Methods' scores with the tasks in lines and the methods in columns."""

import warnings

import pytest

from analysis.comparison.scores_table import read_scores
from relations.errors import ScoreError, TableError, TableNote

TURNED = "Task,Single-task,Uniform,PCGrad\nSeg ↑,52.3,50.9,51.4\nDepth ↓,0.612,0.634 ± 0.1,0.622\n"


@pytest.fixture
def read(tmp_path):
    def write(text, **options):
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding="utf-8")
        return read_scores(path, **options)

    return write


@pytest.mark.parametrize("corner", ["Task", "", "method", "Metric"])
def test_a_column_of_single_task_training_makes_columns_methods(read, corner):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        comparison = read(TURNED.replace("Task", corner, 1), single="Single-task")
    assert str(told[0].message).endswith(
        "a column is called `Single-task`, so columns are read as methods and lines as tasks."
    )
    assert comparison.methods == ("Single-task", "Uniform", "PCGrad")
    assert comparison.tasks == ("Seg", "Depth")
    assert comparison.change("Uniform", "Depth").mean == pytest.approx(-0.022 / 0.612)


def test_the_name_of_single_task_training_is_asked_for_as_ever(read):
    with (
        pytest.warns(TableNote, match="columns are read as methods"),
        pytest.raises(ScoreError, match="If `Single-task` is single-task training"),
    ):
        read(TURNED.replace(" ± 0.1", ""))


def test_a_table_that_seems_to_be_turned_is_told_how_to_turn_it(read):
    with pytest.raises(TableError, match="seem to be tasks and its columns methods: turn it"):
        read(TURNED.replace("Single-task", "Base"))
    with pytest.raises(TableError) as wrong:
        read("name,norm,a\nx,GN,0.8\n")
    assert "turn it" not in str(wrong.value)


def test_a_task_that_is_called_single_turns_nothing(read):
    text = "method,single person,crowd ↑\nsingle,0.8,0.5\njoint,0.7,0.6\n"
    assert read(text).tasks == ("single person", "crowd")
    with pytest.raises(ScoreError, match="the methods are base, joint"):
        read(text.replace("\nsingle", "\nbase"))
