import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relations import ChangeMatrix, RelationGraph
from relations.errors import TableError, TableNote
from relations.tables.change_cells import parse_change
from relations.tables.relation_table import read_relation_table, write_relation_table


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.csv"
        path.write_text(text)
        return path

    return write


def test_matrix_of_fractions_and_percentages(table):
    changes = read_relation_table(table("whatever,a,b\na,,-1.5%\nb,0.02,\n"))
    assert changes.tasks == ("a", "b")
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.015, 0.02)
    assert changes.n.tolist() == [[0, 1], [1, 0]]


def test_rows_may_come_in_another_order_than_columns(table):
    changes = read_relation_table(table(",a,b\nb,0.02,\na,,-0.01\n"))
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.01, 0.02)


def test_long_form(table):
    changes = read_relation_table(table("source,target,change\na,b,-1%\nb,a,0.02\n"))
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.01, 0.02)


def test_long_form_with_several_columns(table):
    path = table("source,target,change_validation,change_test\na,b,-0.01,-0.02\nb,a,0.02,0.03\n")
    assert read_relation_table(path, "change_test").mean[0, 1] == -0.02
    with pytest.raises(TableError, match=r"change_validation, change_test.*Say which one"):
        read_relation_table(path)
    with pytest.raises(TableError, match="there is no column 'other'"):
        read_relation_table(path, "other")


def test_what_is_not_given_is_unknown(table):
    changes = read_relation_table(table("source,target,change\na,b,\nb,c,0.1\n"))
    assert changes.tasks == ("a", "b", "c")
    assert changes.n.sum() == 1


def test_a_column_of_a_matrix_cannot_be_chosen(table):
    with pytest.raises(TableError, match="no columns to choose"):
        read_relation_table(table(",a,b\na,,0\nb,0,\n"), "change")


def test_spreadsheet_habits(table):
    path = table("\ufefftrained with; x,a,b\r\n a , , −1.5 %\r\n\r\nb,+0.5%,\r\n")
    changes = read_relation_table(path)
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.015, 0.005)


@pytest.mark.parametrize(
    ("text", "value"),
    [("-1%", -0.01), ("-16.22%", -0.1622), ("0.00%", 0.0), ("-1e-3", -0.001), ("1e-1%", 0.001)],
)
def test_percentages_are_exactly_the_nearest_number(text, value):
    assert parse_change(text) == value


def test_all_problems_of_a_matrix_at_once_with_lines(table):
    with pytest.raises(TableError) as caught:
        read_relation_table(table(",a,b\na,0.5,x\nb,inf,\n"))
    text = str(caught.value)
    assert "line 2: a -> a is the diagonal and must be empty" in text
    assert "line 2: the change a -> b must be a number, got 'x'" in text
    assert "line 3: the change b -> a must be a number, got 'inf'" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",a,b\na,,0\nc,0,\n", r"must be the same tasks: c is no target, b is no source\."),
        (",a,b\na,\nb,0,\n", "line 2: 1 changes for 2 targets"),
        (",a,a\na,,0\na,0,\n", "`a` is named more than once"),
        (",a+b,c\na+b,,0\nc,0,\n", "free of"),
        ("source,target,change\na,b,1%\na,b,2%\n", "line 3: a -> b was given in line 2 already"),
        ("source,target,change\na,b\n", "line 2: 2 cells, the header has 3"),
        ("source,target\na,b\n", "Say which one"),
        (",a,b\n", "a header and at least one more line"),
    ],
)
def test_tables_that_cannot_be_used(table, text, message):
    with pytest.raises(TableError, match=message):
        read_relation_table(table(text))


def test_a_missing_file(tmp_path):
    with pytest.raises(TableError, match="There is no file"):
        read_relation_table(tmp_path / "none.csv")


@settings(deadline=None)
@given(st.integers(2, 6), st.integers(0, 10**6))
def test_what_is_written_is_read_back_exactly(tmp_path_factory, size, draw):
    values = np.random.default_rng(draw).normal(0, 0.1, (size, size))
    values[0, 1] = np.nan
    path = tmp_path_factory.mktemp("table") / "table.csv"
    changes = ChangeMatrix([f"t{i}" for i in range(size)], values)
    write_relation_table(changes, path)
    read = read_relation_table(path)
    assert read.tasks == changes.tasks
    np.testing.assert_array_equal(read.mean, changes.mean)


def test_the_27_clinical_tasks_are_read(data_file):
    path = data_file("mimic27_pairs.csv")
    validation = read_relation_table(path, "change_validation")
    test = read_relation_table(path, "change_test")
    assert len(validation.tasks) == 27
    assert (validation.n + np.eye(27, dtype=int) == 1).all()
    assert validation.mean[0, 1] == 0.0035
    assert test.mean[0, 1] == 0.0015


@pytest.mark.parametrize(
    "text",
    [
        "change (%),a,b\na,,-0.4\nb,90,\n",
        "pct,a,b\na,,-0.4\nb,90,\n",
        "in percent,a,b\na,NA,-0.4\nb,90,NA\n",
        "source [per cent];a;b\na;;-0,4\nb;90;\n",
        "x,a (%),b (%)\na,,-0.4\nb,90,\n",
        "source,target,change (%)\na,b,-0.4\nb,a,90\n",
        ",source,target,change_pct,n\n0,a,b,-0.4,3\n1,b,a,90,3\n",
        "change in % (1 seed)\n      a      b\na         -0.40\nb  90.00\n\nharmful edges: none\n",
        "change in % ± half\n         a          b\na             -0.40 ±0.10\nb  90 ±1.00\n",
        '"a","b"\n"a",NA,"-0.4%"\n"b","90%",NA\n',
        "change in % (1 seed)\n,a,b\na,,-0.40\nb,90,\n",
    ],
)
def test_a_heading_that_says_per_cent_is_believed(table, text):
    changes = read_relation_table(table(text))
    assert changes.tasks == ("a", "b")
    assert (changes.mean[0, 1], changes.mean[1, 0]) == (-0.004, 0.9)


@pytest.mark.parametrize("cell", ["-2.16", "-0.40 ±0.10", "1.01"])
def test_numbers_whose_unit_nobody_said_are_asked_about(table, cell):
    for text in (f",a,b\na,,{cell}\nb,0,\n", f"source,target,change\na,b,{cell}\nb,a,0\n"):
        with pytest.raises(TableError, match=r"line 2.*in per cent.*--unit"):
            read_relation_table(table(text))
        as_fraction = read_relation_table(table(text), unit="fraction").mean[0, 1]
        as_per_cent = read_relation_table(table(text), unit="per-cent").mean[0, 1]
        assert as_fraction == float(cell.split()[0])
        assert as_per_cent == pytest.approx(as_fraction / 100)


def test_a_sign_in_the_cell_needs_no_question(table):
    assert read_relation_table(table(",a,b\na,,-216%\nb,0,\n")).mean[0, 1] == -2.16


def test_the_printed_matrix_reads_back(table):
    values = [[np.nan, -0.0216, np.nan], [0.0017, np.nan, -0.5], [0.0, 0.25, np.nan]]
    printed = str(ChangeMatrix(["head pose", "reid", "x"], values))
    read = read_relation_table(table(printed))
    assert read.tasks == ("head pose", "reid", "x")
    np.testing.assert_allclose(read.mean, values)


def test_a_printed_matrix_with_wide_intervals_reads_back(table):
    by_seed = np.full((2, 2, 2), np.nan)
    by_seed[:, 0, 1], by_seed[:, 1, 0] = [-0.4, 0.1], [-0.01, -0.012]
    changes = ChangeMatrix(["a", "b"], by_seed)
    printed = str(changes)
    assert " to +" in printed and "[both ends] of a wide one" in printed and "±" in printed
    np.testing.assert_allclose(read_relation_table(table(printed)).mean, changes.mean, atol=1e-4)


def test_a_transposed_frame_is_turned_and_says_so(table):
    changes = ChangeMatrix(["a", "b"], [[np.nan, -0.4], [0.2, np.nan]])
    frame = changes.to_frame()
    assert read_relation_table(table(frame.to_csv())).mean[0, 1] == -0.4
    path = table(frame.T.to_csv())
    with pytest.warns(TableNote, match="rows are taken as targets"):
        assert read_relation_table(path).mean[0, 1] == -0.4
    assert read_relation_table(path, rows="target").mean[0, 1] == -0.4
    assert read_relation_table(path, rows="source").mean[0, 1] == 0.2


NESTED = '{"a": {"b": -0.4}, "b": {"a": 0.2}}'


def test_nested_dictionaries_need_their_orientation(table):
    with pytest.raises(TableError, match=r"outer names.*--rows source"):
        read_relation_table(table(NESTED))
    assert read_relation_table(table(NESTED), rows="source").mean[0, 1] == -0.4
    turned = read_relation_table(table("\ufeff" + NESTED), rows="target").to_frame()
    assert (turned.loc["b", "a"], turned.loc["a", "b"]) == (-0.4, 0.2)


def test_what_relations_writes_as_json_reads_back(table):
    values = [[np.nan, -1.5], [0.2, np.nan]]
    graph = RelationGraph.from_changes(ChangeMatrix(["a", "b"], values))
    np.testing.assert_array_equal(read_relation_table(table(graph.to_json())).mean, values)


def test_tasks_called_by_numbers_are_no_row_numbers(table):
    changes = read_relation_table(table(",0,1\n0,,-1%\n1,2%,\n"))
    assert changes.tasks == ("0", "1") and changes.mean[0, 1] == -0.01
    assert read_relation_table(table(",x,a,b\n0,a,,-1%\n1,b,0,\n")).tasks == ("a", "b")


@pytest.mark.parametrize("cell", ["1e9999999999999999999", "1e999999%", "-inf", "1e400"])
def test_numbers_that_nobody_can_hold_are_named(table, cell):
    with pytest.raises(TableError, match="must be a number, got"):
        read_relation_table(table(f",a,b\na,,{cell}\nb,0,\n"))


@pytest.mark.parametrize("corner", ["to", "affected task", "evaluated on", "tested on \\ from"])
def test_a_corner_that_names_the_task_looked_at_turns_the_table(table, corner):
    path = table(f"{corner},a,b\na,,-0.01\nb,0.02,\n")
    with pytest.warns(TableNote, match="rows are taken as targets"):
        assert read_relation_table(path).mean[1, 0] == -0.01
    assert read_relation_table(path, rows="source").mean[0, 1] == -0.01


def test_a_large_number_without_a_sign_beside_cells_with_one_is_a_question(table):
    path = table(",a,b\na,,-0.4%\nb,0.2,\n")
    with pytest.raises(TableError, match=r"line 3: is '0\.2' in per cent"):
        read_relation_table(path)
    assert read_relation_table(path, unit="per-cent").mean[1, 0] == 0.002


def test_a_list_of_runs_is_no_list_of_edges(tmp_path):
    path = tmp_path / "runs.json"
    path.write_text('[{"tasks": "a", "seed": 0, "task": "a", "score": 0.8}]')
    with pytest.raises(TableError, match="without source and target"):
        read_relation_table(path)


@pytest.mark.parametrize("first", ["model", "method", ""])
@pytest.mark.parametrize("score", ["0.8", "0.8 ± 0.1", "0.8 (0.1)"])
def test_scores_of_methods_are_told_what_they_are_in_one_line(table, first, score):
    text = f"{first},pose,reid\n" + "".join(f"way {at},{score},{at}\n" for at in range(27))
    with pytest.raises(
        TableError, match=r"way 0, way 1, way 2 and 24 more.*compare --scores"
    ) as wrong:
        read_relation_table(table(text))
    assert "\n" not in str(wrong.value)


def test_a_cell_that_is_a_sign_alone_names_no_tasks(table):
    with pytest.raises(TableError, match="must be the same tasks"):
        read_relation_table(table("x,pose,reid\npose,,+\nrei$,0.003%,\n"))
