import numpy as np
import pytest

from relations import ChangeMatrix, RelationGraph, Task, load_changes, load_relations
from relations.errors import RelationsError, TableError, TaskError
from relations.tables.relation_table import read_relation_table, write_relation_table
from relations.tables.runs_table import read_runs_table, write_runs_table

TASKS = (
    Task("pose"),
    Task("r2", change="absolute", threshold=-0.02),
    Task("nll", higher_is_better=False, change="standardised", threshold=-1.0),
)
RUNS = "".join(
    f"{name},{seed},{name},{score}\n"
    for seed in range(2)
    for name, score in (("pose", 0.8), ("r2", 0.05 - 0.1 * seed))
) + "".join(
    f"pose+r2,{seed},{name},{score}\n"
    for seed in range(2)
    for name, score in (("pose", 0.8), ("r2", -0.05 - 0.1 * seed))
)


@pytest.fixture
def changes():
    return ChangeMatrix(TASKS, [[0, -0.5, -3.0], [0.01, 0, 0.2], [-0.02, 7.5, 0]])


@pytest.fixture
def table(tmp_path):
    def write(text, name="table.csv"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def kinds(changes):
    return [(kind.name, kind.threshold) for kind in changes.kinds]


def test_a_matrix_names_units_and_is_read_back(changes, tmp_path):
    write_relation_table(changes, tmp_path / "table.csv")
    read = read_relation_table(tmp_path / "table.csv")
    assert kinds(read) == kinds(changes)
    assert np.array_equal(read.mean, changes.mean, equal_nan=True)


@pytest.mark.filterwarnings("ignore::relations.errors.TableNote")
def test_the_rows_of_a_turned_matrix_name_units(table):
    text = "target,pose,r2\npose,,-1%\nr2 [abs. threshold -0.02],-1.5,\n"
    read = read_relation_table(table(text))
    assert (read.mean[0, 1], read.mean[1, 0]) == (-1.5, -0.01)
    assert kinds(read) == [("relative", None), ("absolute", -0.02)]


def test_json_is_read_back(changes, table):
    path = table(RelationGraph.from_changes(changes).to_json(), "relations.json")
    read = read_relation_table(path)
    assert kinds(read)[1:] == kinds(changes)[1:]
    assert np.array_equal(read.mean, changes.mean, equal_nan=True)


def test_a_long_table_says_kind_and_threshold_of_its_targets(table):
    header = "source,target,change,kind,threshold\n"
    read = read_relation_table(
        table(header + "pose,r2,-1.5,absolute,-0.5\nr2,pose,-1%,relative,-0.01\n")
    )
    assert kinds(read) == [("relative", None), ("absolute", -0.5)]
    assert (read.mean[0, 1], read.mean[1, 0]) == (-1.5, -0.01)


def test_a_column_kind_without_thresholds_is_somebody_elses(table):
    read = read_relation_table(table("source,target,change,kind\na,b,-1%,far\nb,a,0,near\n"))
    assert kinds(read) == [("relative", None)] * 2


def test_numbers_of_an_absolute_target_raise_no_question_of_per_cent(table):
    text = "source,target,change\npose,r2,-1.5\nr2,pose,-0.01\n"
    with pytest.raises(TableError, match="in per cent"):
        read_relation_table(table(text))
    assert read_relation_table(table(text), absolute={"r2": -0.5}).mean[0, 1] == -1.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",pose,r2 [abs.]\npose,,-0.5\nr2,0,\n", "Say --absolute r2=-0.02"),
        (",pose,r2 [sd threshold 1]\npose,,-0.5\nr2,0,\n", "at most 0"),
        (",pose,r2 [abs. threshold -0.1]\npose,,-5%\nr2,0,\n", "`r2` has no relative change"),
        (
            "source,target,change,kind,threshold\na,b,1,absolute,-1\nc,b,1,absolute,-2\n",
            "`b` had another kind or threshold before",
        ),
        ("source,target,change,kind,threshold\na,b,1,log,-1\n", "got 'log'"),
    ],
)
def test_what_is_not_said_of_a_unit_is_asked(table, text, message):
    with pytest.raises(TableError, match=message):
        read_relation_table(table(text))


@pytest.mark.parametrize(
    "text",
    [
        "source,target,change [abs.]\npose,r2,-0.5\n",
        "source,target,x (Absolute)\npose,r2,-0.5\n",
        "source,target,change_sd\npose,r2,-0.5\n",
        "source,target,change\npose,r2 [abs.],-0.5\n",
        "source [standardized],pose,r2\npose,,-0.5\nr2,,\n",
        ",pose,r2 [sd]\npose,,-0.5\nr2 [sd],0,\n",
        '[{"source": "pose", "target": "r2 [absolute]", "change": -0.5}]',
    ],
)
def test_a_unit_in_a_heading_or_behind_a_name_is_never_lost(table, text):
    with pytest.raises(TableError, match=r"changes of `r2` are (absolute|standardised), but"):
        read_relation_table(table(text))


def test_a_heading_is_of_every_target_that_says_nothing_else(table):
    path = table("source [abs.],pose,r2,nll [sd threshold -1]\npose,,-2,\nr2,3,,-2\nnll,,,\n")
    read = read_relation_table(path, absolute={"pose": -1.0, "r2": -1.0})
    assert kinds(read) == [("absolute", -1.0)] * 2 + [("standardised", -1.0)]
    assert (read.mean[0, 1], read.mean[1, 0]) == (-2.0, 3.0)


def test_where_the_unit_is_told_words_in_a_long_table_are_parts_of_names(table):
    path = table("source,target,x [abs.]\npose,r2 [sd],-0.5\n")
    read = read_relation_table(path, unit="fraction")
    assert read.tasks == ("pose", "r2 [sd]") and kinds(read) == [("relative", None)] * 2


def test_names_that_end_as_a_unit_does_are_read_back(tmp_path):
    tasks = (Task("x [abs.]"), Task("x [sd threshold -1]"), Task("x [sd]", True, "absolute", -0.1))
    changes = ChangeMatrix(tasks, [[0, -0.5, -3.0], [0.01, 0, 0.2], [-0.02, 0.5, 0]])
    write_relation_table(changes, tmp_path / "table.csv")
    read = read_relation_table(tmp_path / "table.csv")
    assert (read.tasks, kinds(read)) == (changes.tasks, kinds(changes))
    assert np.array_equal(read.mean, changes.mean, equal_nan=True)


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_printed_matrix_of_several_units_is_read_back(changes, table, seeds):
    printed = table(str(ChangeMatrix(TASKS, [changes.mean] * seeds)), "printed.txt")
    read = read_relation_table(printed, absolute={"r2": -0.02}, standardised={"nll": -1.0})
    assert kinds(read) == kinds(changes)
    assert np.array_equal(read.mean, changes.mean, equal_nan=True)


def test_runs_tables_carry_kinds_only_where_there_are_some(table, tmp_path):
    read = read_runs_table(table("tasks,seed,task,score\n" + RUNS))
    write_runs_table(read.tasks, read.outcomes, tmp_path / "plain.csv")
    assert (
        (tmp_path / "plain.csv").read_text().startswith("tasks,seed,task,score,higher_is_better\n")
    )
    write_runs_table(TASKS[:2], read.outcomes, tmp_path / "kinds.csv")
    assert read_runs_table(tmp_path / "kinds.csv").tasks == TASKS[:2]


def test_a_source_is_told_how_to_measure(table):
    path = table("tasks,seed,task,score\n" + RUNS)
    assert not load_changes(path).known[0, 1]
    changes = load_changes(path, absolute={"r2": -0.02})
    assert changes.known.sum() == 2
    assert changes.mean[0, 1] == pytest.approx(-0.1)
    assert load_relations(path, absolute={"r2": -0.02}).harmful() == [("pose", "r2")]


def test_an_unknown_task_is_refused(table):
    path = table("tasks,seed,task,score\n" + RUNS)
    with pytest.raises(TaskError, match=r"`pos` is not one of them.*`pose`"):
        load_changes(path, absolute={"pos": -0.02})


def test_a_relative_threshold_without_relative_changes_is_refused(table):
    path = table("tasks,seed,task,score\n" + RUNS)
    with pytest.raises(RelationsError, match="--threshold is of relative changes"):
        load_relations(path, threshold=-0.02, absolute={"r2": -0.02, "pose": -0.1})
