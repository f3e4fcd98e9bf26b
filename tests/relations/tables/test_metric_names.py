"""A metric's name that says that lower is better is told, and turns nothing."""

import pytest

from relations.errors import TableError, TableNote
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
    with pytest.warns(TableNote, match=r"depth \(rmse\) is read as better higher.*--lower depth"):
        assert directions(tmp_path / "runs.csv") == {"depth": True, "seg": True}


def test_who_says_a_direction_is_not_told(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS)
    given = directions(tmp_path / "runs.csv", higher_is_better={"depth": False})
    assert given == {"depth": False, "seg": True}


@pytest.mark.parametrize("metric", ["mIoU", "accuracy", "glossary", "terror", "erroneous"])
def test_other_metrics_are_not_told(tmp_path, metric):
    (tmp_path / "runs.csv").write_text(ROWS.replace("rmse", metric))
    assert directions(tmp_path / "runs.csv") == {"depth": True, "seg": True}


@pytest.mark.parametrize("metric", ["RMSE", "val/loss", "mean angular error", "abs_err", "MAE"])
def test_metrics_that_are_better_lower(tmp_path, metric):
    (tmp_path / "runs.csv").write_text(ROWS.replace("rmse", metric))
    with pytest.warns(TableNote, match="--lower depth"):
        directions(tmp_path / "runs.csv")


def test_two_metrics_of_one_task_are_named_with_what_to_do(tmp_path):
    both = ROWS + "seg,0,seg,pixel acc,0.9\ndepth+seg,0,seg,pixel acc,0.8\n"
    (tmp_path / "runs.csv").write_text(both)
    with pytest.raises(TableError, match=r"mIoU, pixel acc: a task .* `seg@pixel acc`") as wrong:
        read_runs_table(tmp_path / "runs.csv")
    assert "depth has several" not in str(wrong.value)


def test_several_errors_are_read_in_the_plural(tmp_path):
    (tmp_path / "runs.csv").write_text(ROWS.replace("mIoU", "MAE"))
    with pytest.warns(TableNote, match=r"depth \(rmse\), seg \(MAE\) are read"):
        directions(tmp_path / "runs.csv")


def test_a_task_that_is_called_as_an_error_is_told_where_no_column_names_metrics(tmp_path):
    wide = "tasks,seed,depth rmse,seg\ndepth rmse,0,1,\nseg,0,,1\ndepth rmse+seg,0,1,1\n"
    (tmp_path / "runs.csv").write_text(wide)
    with pytest.warns(TableNote, match=r"^depth rmse is read as .*: --lower 'depth rmse', or"):
        directions(tmp_path / "runs.csv")
