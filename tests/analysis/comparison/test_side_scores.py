"""Side scores of methods: in files and tables of their own, read back, and never judged."""

import csv
import io
from dataclasses import replace

import pytest

from analysis.comparison.comparison import Comparison
from analysis.comparison.comparison_files import scores_csv, write_comparison
from analysis.comparison.numbers import comparison_csv
from analysis.comparison.scores_table import read_scores
from analysis.comparison.side_scores import side_csv, side_rows, side_table, without_side
from relations.errors import ScoreError

SCORES = {
    "single": {0: {"reid": 0.5, "pose": 0.8}, 1: {"reid": 0.52, "pose": 0.81}},
    "plain": {0: {"reid": 0.4, "pose": 0.7}, 1: {"reid": 0.42, "pose": 0.72}},
}
SIDE = {
    "single": {
        0: {"pose@ankle": 0.6, "pose@head top": 0.9, "reid@rank-1": 0.7},
        1: {"pose@ankle": 0.62, "pose@head top": 0.92, "reid@rank-1": 0.72},
    },
    "plain": {0: {"pose@ankle": 0.3, "pose@head top": 0.9}, 1: {"pose@ankle": 0.34}},
}


@pytest.fixture
def compared():
    return Comparison(SCORES, side=SIDE)


def test_nothing_is_computed_from_them(compared):
    bare = replace(compared, side={})
    assert comparison_csv(compared, "plain") == comparison_csv(bare, "plain")
    assert scores_csv(compared) == scores_csv(bare)
    assert compared.delta_m("plain") == bare.delta_m("plain")


def test_those_come_first_in_which_the_methods_differ_most(compared):
    rows = side_rows(compared)
    assert [(row.task, row.name) for row in rows] == [
        ("reid", "rank-1"), ("pose", "ankle"), ("pose", "head top"),
    ]  # fmt: skip
    assert rows[1].means["single"].mean == pytest.approx(0.61)
    assert rows[2].means["plain"].n == 1
    assert set(rows[0].means) == {"single"}


def test_the_table_leaves_open_what_a_method_does_not_know(compared):
    table = side_table(compared)
    assert table.header == ["side score", "single", "plain"]
    assert table.rows[0][0] == "reid@rank-1" and table.rows[0][2] == ""
    assert "±" in table.rows[1][1] and "±" not in table.rows[2][2]  # one seed
    assert "None of them is judged" in table.notes[0]


def test_files_of_their_own_and_a_line_in_the_foot(compared, tmp_path):
    text = str(write_comparison(compared, tmp_path, "plain"))
    assert "Side scores, not judged: 3 of reid, pose" in text
    assert (tmp_path / "side_scores.txt").read_text().startswith("side score")
    rows = list(csv.reader(io.StringIO((tmp_path / "side_scores.csv").read_text())))
    assert ["plain", "1", "pose@ankle", "0.34"] in rows and len(rows) == 1 + 9
    write_comparison(replace(compared, side={}), tmp_path / "bare")
    assert not (tmp_path / "bare" / "side_scores.csv").exists()


def test_both_files_below_each_other_are_read_back(compared, tmp_path):
    lines = side_csv(compared).splitlines(keepends=True)[1:]
    (tmp_path / "both.csv").write_text(scores_csv(compared) + "".join(lines))
    again = read_scores(tmp_path / "both.csv")
    assert again.scores == compared.scores and again.side == compared.side
    assert again.tasks == ("reid", "pose")


def test_a_column_of_their_name_is_no_task(tmp_path):
    (tmp_path / "wide.csv").write_text(
        "method,reid,reid@rank-1,pose\nsingle,0.5,0.7,0.8\nplain,0.4,,0.7\n"
    )
    for tasks in ((), ("reid", "pose")):
        found = read_scores(tmp_path / "wide.csv", tasks=tasks)
        assert found.tasks == ("reid", "pose")
        assert found.side == {"single": {0: {"reid@rank-1": 0.7}}, "plain": {0: {}}}


def test_who_names_it_a_task_gets_one(tmp_path):
    (tmp_path / "wide.csv").write_text("method,a,a@b\nsingle,0.5,0.7\nplain,0.4,0.6\n")
    found = read_scores(tmp_path / "wide.csv", tasks=("a", "a@b"))
    assert found.tasks == ("a", "a@b") and found.side == {"single": {0: {}}, "plain": {0: {}}}
    assert without_side(["a", "a@b"], ["a@b"]) == (["a", "a@b"], {})


def test_one_of_no_task_is_refused():
    with pytest.raises(ScoreError, match="side score `depth@rmse` is of no task"):
        Comparison(SCORES, side={"plain": {0: {"depth@rmse": 1.0}}})
