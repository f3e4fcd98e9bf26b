"""A metric's name that says that lower is better is told, and turns nothing."""

import warnings

import pytest

from relations.errors import TableError, TableNote, options_named
from relations.tables.metric_names import note_taken_higher
from relations.tables.runs_table import read_runs_table

ROWS = """tasks,seed,task,metric,score
depth,0,depth,rmse,1.0
seg,0,seg,mIoU,0.5
depth+seg,0,depth,rmse,1.2
depth+seg,0,seg,mIoU,0.4
"""


def directions(path, **options):
    return {task.name: task.higher_is_better for task in read_runs_table(path, **options).tasks}


def test_it_is_told_and_nothing_is_turned(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS)
    told = r"^read as higher is better: depth, seg; .* errors, as depth \(rmse\) may be; the column"
    with pytest.warns(TableNote, match=told) as notes:
        assert directions(tmp_path / "runs.csv") == {"depth": True, "seg": True}
    assert len(notes) == 1


def test_who_says_a_direction_is_not_told(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        given = directions(tmp_path / "runs.csv", higher_is_better={"depth": False})
    assert given == {"depth": False, "seg": True}


def test_who_says_some_directions_is_told_of_another_error(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS)
    told = r"^depth \(rmse\) is read as higher is better.*--lower depth"
    with pytest.warns(TableNote, match=told):
        directions(tmp_path / "runs.csv", higher_is_better={"seg": True})


@pytest.mark.parametrize("metric", ["mIoU", "accuracy", "glossary", "terror", "erroneous"])
def test_other_metrics_are_not_told(tmp_path, metric):
    (tmp_path / "runs.csv").write_text(ROWS.replace("rmse", metric))
    with pytest.warns(TableNote, match="names those that are errors\\.$"):
        assert directions(tmp_path / "runs.csv") == {"depth": True, "seg": True}


@pytest.mark.parametrize("metric", ["RMSE", "val/loss", "mean angular error", "abs_err", "MAE"])
def test_metrics_that_are_better_lower(tmp_path, metric):
    (tmp_path / "runs.csv").write_text(ROWS.replace("rmse", metric))
    with pytest.warns(TableNote, match=r"as depth \(.*\) may be"):
        directions(tmp_path / "runs.csv")


def test_two_metrics_of_one_task_are_named_with_what_to_do(tmp_path):
    both = ROWS + "seg,0,seg,pixel acc,0.9\ndepth+seg,0,seg,pixel acc,0.8\n"
    (tmp_path / "runs.csv").write_text(both)
    with pytest.raises(TableError, match=r"mIoU, pixel acc: a task .* `seg@pixel acc`") as wrong:
        read_runs_table(tmp_path / "runs.csv")
    assert "depth has several" not in str(wrong.value)


def test_several_errors_are_read_in_the_plural(tmp_path):
    rows = ROWS.replace("mIoU", "MAE") + "third,0,third,acc,1\n"
    (tmp_path / "runs.csv").write_text(rows)
    with pytest.warns(TableNote, match=r"depth \(rmse\), seg \(MAE\) are read"):
        directions(tmp_path / "runs.csv", higher_is_better={"third": True})


def test_a_task_that_is_called_as_an_error_is_told_where_no_column_names_metrics(tmp_path):
    wide = "tasks,seed,depth rmse,seg\ndepth rmse,0,1,\nseg,0,,1\ndepth rmse+seg,0,1,1\n"
    (tmp_path / "runs.csv").write_text(wide)
    told = r"errors, as depth rmse may be: --lower 'depth rmse'\.$"
    with options_named(["lower"]), pytest.warns(TableNote, match=told):
        directions(tmp_path / "runs.csv")


def test_where_nothing_says_a_direction_all_tasks_are_told_of_once(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS.replace("rmse", "delta1"))
    told = "^read as higher is better: depth, seg; {} names those that are errors\\.$"
    in_python = told.format("`lower` or `higher_is_better`")
    with pytest.warns(TableNote, match=in_python) as notes:
        directions(tmp_path / "runs.csv")
    assert len(notes) == 1
    with options_named(["lower"]), pytest.warns(TableNote, match=told.format("`--lower`")):
        directions(tmp_path / "runs.csv")


def test_of_many_tasks_a_few_are_named():
    with pytest.warns(TableNote, match=r"t6, t7 and 32 more; `lower` names"):
        note_taken_higher([f"t{number}" for number in range(40)], {})


@pytest.mark.parametrize("column", ["higher_is_better,true", "direction,max", "lower_better,no"])
def test_where_a_column_says_it_nothing_is_told(column, tmp_path):
    name, word = column.split(",")
    lines = ROWS.replace("rmse", "delta1").split()
    text = "\n".join([f"{lines[0]},{name}", *(f"{line},{word}" for line in lines[1:])])
    (tmp_path / "runs.csv").write_text(text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        directions(tmp_path / "runs.csv")
