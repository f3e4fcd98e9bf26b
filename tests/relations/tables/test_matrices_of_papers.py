"""What papers write into a matrix of changes beside them."""

import warnings

import numpy as np
import pytest

from relations import ChangeMatrix, Task, load_changes, load_relations, read_relation_table
from relations.change_kinds import ChangeKind
from relations.errors import TableError, TableNote, options_named
from relations.tables.relation_table import write_relation_table

MATRIX = "trained with,a,b,c\na,D,1.2%,-0.4%\nb,-3.1%,D,2%\nc,0.3%,-0.9%,D\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("sign", ["-", "–", "—", "/", "x", "×", "n/a", "", "--", "0", "*"])
def test_the_diagonal_may_hold_a_sign(table, sign):
    changes = read_relation_table(table(MATRIX.replace("D", sign)))
    assert changes.mean[1, 0] == -0.031
    with pytest.raises(TableError, match=r"a -> b must be a number, got '—'"):
        read_relation_table(table(MATRIX.replace("D", sign).replace("1.2%", "—")))


@pytest.mark.parametrize("cell", ["-3.1 ± 0.5 %", "-3.1±0.5%", "-3.1% ± 0.5%", "-3.1 [-4, -2] %"])
def test_a_sign_behind_the_interval_is_of_the_number(table, cell):
    text = MATRIX.replace("D", "").replace("-3.1%", f'"{cell}"')
    assert read_relation_table(table(text)).mean[1, 0] == -0.031


@pytest.mark.parametrize("name", ["Average", "Avg.", "mean", "Overall", "Δm"])
@pytest.mark.parametrize("place", ["row", "column", "both of them"])
def test_averages_are_left_out_and_told(table, name, place):
    text = MATRIX.replace("D", "")
    if place == "row":
        text += f"{name},-1.4%,0.15%,0.8%\n"
    else:
        lines = text.splitlines()
        text = "\n".join(f"{line},{name if at == 0 else '1%'}" for at, line in enumerate(lines))
    if place == "both of them":
        text += "\nTotal,-1.4%,0.15%,0.8%,1%\n"
    with pytest.warns(TableNote, match=f"`{name}`.* is of no task and is left out"):
        changes = read_relation_table(table(text))
    assert changes.tasks == ("a", "b", "c")
    assert changes.mean[1, 0] == -0.031


def test_an_average_that_is_a_row_and_a_column_is_told_and_can_be_left_out(table):
    path = table(MATRIX.replace("D", "").replace("c", "Average"))
    with pytest.warns(TableNote, match='`Average` is read as a task; `without="Average"` leaves'):
        changes = load_changes(path, without=["Average"])
    assert changes.tasks == ("a", "b")
    with options_named(["without"]), pytest.warns(TableNote, match="`--without Average` leaves"):
        load_changes(path)


UNITS_AND_ARROWS = ["{} ↑ (%)", "{} (%) ↑", "{} [%] ↑", "{}↑ [%]", "{} (%) (↑)", "↑ {} (%)"]


@pytest.mark.parametrize("column", UNITS_AND_ARROWS)
@pytest.mark.parametrize("row", ["{}", "{} ↑", "{} (%)", "same"])
@pytest.mark.parametrize("average", ["", "Avg", "Avg (%)"])
def test_units_and_arrows_stand_in_any_order_on_either_side(table, column, row, average):
    row = column if row == "same" else row
    columns = [column.format(name) for name in "abc"] + [average] * bool(average)
    ends = ",1" * bool(average)
    lines = [("a", ",1.2,-0.4"), ("b", "-3.1,,2"), ("c", "0.3,-0.9,")]
    text = [f"aux,{','.join(columns)}", *(f"{row.format(t)},{cells}{ends}" for t, cells in lines)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* is of no task and is left out")
        changes = read_relation_table(table("\n".join(text)))
    assert changes.tasks == ("a", "b", "c")
    assert changes.mean[1, 0] == -0.031


@pytest.mark.parametrize("kind", [ChangeKind(), ChangeKind("absolute", -0.02)])
@pytest.mark.parametrize("name", [form.format("b") for form in [*UNITS_AND_ARROWS, "{} ↓", "{}"]])
def test_names_with_units_and_arrows_are_read_as_they_were_written(tmp_path, name, kind):
    tasks = Task("a"), Task(name, change=kind.name, threshold=kind.threshold)
    written = ChangeMatrix(tasks, np.array([[np.nan, 0.3], [-0.2, np.nan]]))
    write_relation_table(written, tmp_path / "table.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        read = read_relation_table(tmp_path / "table.csv")
    assert (tuple(read.tasks), read.kinds) == (("a", name), written.kinds)
    assert np.array_equal(read.mean, written.mean, equal_nan=True)


def test_a_filled_diagonal_is_taken_for_scores_with_the_table_to_give(table):
    raw = "{},a,b,c\na,0.62,0.40,0.21\nb,0.603,0.4,0.207\nc,0.624,0.412,0.2\n"
    with pytest.raises(TableError) as wrong:
        read_relation_table(table(raw.format("trained with")))
    said = str(wrong.value)
    assert "the diagonal is filled (`a`, `a`: 0.62)" in said
    assert said.endswith("    tasks,seed,task,score\n    a,0,a,0.62\n    b+a,0,a,0.603")
    with pytest.raises(TableError, match=r"    b\+a,0,a,0\.40$"):
        read_relation_table(table(raw.format("")), rows="target")
    with pytest.raises(TableError, match=r"    b\+a,0,a,0\.603$"):
        read_relation_table(table(raw.format("").replace("0.62,", "0.62 ± 0.1,")))


def test_one_filled_cell_of_a_diagonal_is_a_line_that_is_wrong(table):
    with pytest.raises(TableError, match=r"line 2: a -> a is the diagonal and must be empty"):
        read_relation_table(table(MATRIX.replace("a,D", "a,1%").replace("D", "")))


def test_a_matrix_that_is_no_square_names_what_is_missing_and_not_everything(table):
    text = MATRIX.replace("D", "") + "".join(f"task{n},1%,1%,1%\n" for n in range(100))
    with pytest.raises(TableError) as wrong:
        read_relation_table(table(text))
    assert "task0, task1, task2, task3, task4 and 95 more are no targets." in str(wrong.value)
    assert len(str(wrong.value)) < 300


OWN = (
    "target,trained_with,seed,metric,value\na,,0,mIoU,0.6\nb,,0,L1,0.4\na,b,0,mIoU,0.5\n"
    "b,a,0,L1,0.3\n"
)
PAIRS = "task_a,task_b,seed,score_a,score_b\na,,0,0.6,\nb,,0,0.4,\na,b,0,0.5,0.3\n"
MARKS = "seed,train_a,train_b,a,b\n0,1,0,0.6,\n0,0,1,,0.4\n0,1,1,0.5,0.3\n"
SHOWN = ["tasks,seed,task,score", "a,0,a,0.6", "a+b,0,a,0.5"]


@pytest.mark.parametrize(
    ("text", "told", "shown"),
    [
        (OWN, "`tasks` (`target` and `trained_with`, joined by +; `target` by itself", SHOWN),
        (OWN, "`task` (`target`) and `score` (`value`), such as:", SHOWN),
        (OWN.replace("a,,", "a,none,").replace("b,,", "b,b,"), "`score` (`value`)", SHOWN),
        (PAIRS, "a line for each of `score_a` and `score_b`", [*SHOWN, "a+b,0,b,0.3"]),
        (
            MARKS,
            "add the column `tasks`, the tasks joined by + that `train_a`, `train_b` mark",
            ["tasks,seed,a,b", "a,0,0.6,", "a+b,0,0.5,0.3"],
        ),
    ],
)
@pytest.mark.parametrize("lower", [(), ("b",)])
def test_trainings_with_tasks_in_two_columns_are_told_what_to_build(
    table, text, told, shown, lower
):
    with pytest.raises(TableError) as wrong:
        load_relations(table(text), lower=lower)
    assert "looks like finished trainings; " in str(wrong.value)
    assert told in str(wrong.value)
    assert [line[4:] for line in str(wrong.value).splitlines() if line[:4] == "    "] == shown
    # What is shown can be read.
    lines = [*shown, "b,0,b,0.4" if "task" in shown[0].split(",") else "b,0,,0.4"]
    extra = [] if len(shown) > 3 or "task" not in shown[0].split(",") else ["a+b,0,b,0.3"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load_changes(table("\n".join([*lines, *extra]))).tasks == ("a", "b")
