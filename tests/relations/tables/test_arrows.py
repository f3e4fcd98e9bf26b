"""An arrow behind a task's or a metric's name says which way is better, and is no part of it."""

import warnings

import pytest

from relations import Task, read_runs_table, write_runs_table
from relations.errors import TableError, TableNote
from relations.runs import Outcome, Run
from relations.tables.arrows import parted_arrow

LONG = "tasks,seed,task,score\na,0,a,0.5\nb,0,b,2\na+b,0,a,0.6\na+b,0,b,1\n"
WIDE = "tasks,seed,a,b\na,0,0.5,\nb,0,,2\na+b,0,0.6,1\n"


@pytest.fixture
def read(tmp_path):
    def write(text, **options):
        path = tmp_path / "runs.csv"
        path.write_text(text, encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return read_runs_table(path, **options)

    return write


@pytest.mark.parametrize(
    "text",
    [
        LONG.replace("b", "b ↓"),
        "tasks,seed,task,score\na ↑,0,a,0.5\nb↓,0,b,2\na ↑+b↓,0,a,0.6\na+b,0,b,1\n",
        LONG.replace(",b,", ",b (↓),"),
        LONG.replace(",b,", ",b (lower is better),"),
        LONG.replace(",b,", ",b [Lower is better],"),
        LONG.replace(",b,", ",↓ b,"),
        WIDE.replace("a,b\n", "a,b ↓\n"),
        WIDE.replace("a,b\n", "A ↑,B ↓\n"),
        WIDE.replace("a,b\n", "a,b (lower is better)\n"),
        WIDE.replace("b", "b ↓"),
        "tasks,seed,task,metric,score\na,0,a,mIoU,0.5\nb,0,b,abs rel ↓,2\na+b,0,a,mIoU,0.6\n"
        "a+b,0,b,abs rel ↓,1\n",
    ],
)
def test_arrows_are_directions_and_no_part_of_names(read, text):
    table = read(text)
    assert table.tasks == (Task("a"), Task("b", higher_is_better=False))
    assert table.outcomes[2] == Outcome(Run(("a", "b"), 0), scores={"a": 0.6, "b": 1.0})


def test_a_table_whose_column_says_directions_is_read_as_it_was_written(read, tmp_path):
    tasks = [Task("a ↓"), Task("b ↑", higher_is_better=False)]
    outcomes = [Outcome(Run((name,), 0), scores={name: 0.5}) for name in ("a ↓", "b ↑")]
    write_runs_table(tasks, outcomes, tmp_path / "written.csv")
    table = read((tmp_path / "written.csv").read_text(encoding="utf-8"))
    assert table.tasks == tuple(tasks)


def test_names_that_differ_in_the_arrow_alone_keep_it(tmp_path):
    path = tmp_path / "runs.csv"
    text = "tasks,seed,a ↓,a ↑\na ↓,0,0.5,\na ↑,0,,2\na ↓+a ↑,0,0.6,1\n"
    path.write_text(text, encoding="utf-8")
    with pytest.warns(TableNote, match="read as higher is better: a ↓, a ↑;"):
        table = read_runs_table(path)
    assert [task.name for task in table.tasks] == ["a ↓", "a ↑"]


def test_arrows_that_contradict_each_other_are_a_problem(read):
    with pytest.raises(TableError, match="`b` is marked as better higher and as better lower"):
        read(LONG.replace("b,0,b,", "b,0,b ↓,").replace("b,0,b ↓,1", "b,0,b ↑,1"))


def test_a_direction_that_is_given_wins_over_an_arrow_and_says_so(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(LONG.replace(",b,", ",b ↓,"), encoding="utf-8")
    with pytest.warns(TableNote, match="table says that b is better lower; what was given wins"):
        table = read_runs_table(path, {"b": True})
    assert table.tasks == (Task("a"), Task("b"))


def test_a_side_score_keeps_its_task(read):
    text = LONG.replace(",b,", ",b ↓,") + "a,0,a@acc ↑,0.7\n"
    assert read(text).outcomes[0].side == {"a@acc": 0.7}


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("b ↓ (%)", "b (%)"),
        ("b↓[%]", "b [%]"),
        ("b (%) ↓", "b (%)"),
        ("b (RMSE ↓)", "b (RMSE)"),
        ("b [RMSE, ⬇]", "b [RMSE,]"),
        ("b ↓ (RMSE)", "b (RMSE)"),
    ],
)
def test_an_arrow_before_or_within_brackets(name, bare):
    assert parted_arrow(name) == (bare, False)


@pytest.mark.parametrize(
    "name",
    ["↓", "", "lower is better", "a ↓ b", "(lower is better)", "(RMSE ↓)", "a (b ↓) c"],
)
def test_what_is_no_mark_behind_a_name(name):
    assert parted_arrow(name) == (name, None)
