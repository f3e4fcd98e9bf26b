"""Scores with a spread behind them, as the tables of papers have them."""

import pytest

from analysis.comparison.scores_table import read_scores
from relations.errors import TableError, TableNote
from relations.tables.runs_table import read_runs_table

METHODS = "method,pose,depth ↓\nsingle,A,2\njoint,B,2.2\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "behind", [" ± 0.4", "±0.4", " +/- 0.4", " +- 0.4", " (0.4)", " (±0.4)", " [51, 53]", r"\pm.4"]
)
@pytest.mark.parametrize("sign", ["", " %", "%"])
def test_the_mean_is_read_and_the_spread_is_left_with_a_word(table, behind, sign):
    text = METHODS.replace("A", f'"52.3{behind}{sign}"').replace("B", "51" + sign)
    with pytest.warns(TableNote, match="only the mean is read.*line for each seed") as told:
        comparison = read_scores(table(text))
    assert len(told) == 1
    assert comparison.tasks == ("pose", "depth")
    assert comparison.score("single", "pose").mean == (0.523 if sign else 52.3)


def test_scores_of_one_line_each_may_have_a_spread(table):
    lines = ["single,0,pose,0.8 ± 0.1", "joint 2 (3),0,pose,0.7 ± 0.1"]
    with pytest.warns(TableNote, match="only the mean is read"):
        comparison = read_scores(
            table("\n".join(["method,seed,task,score", *lines])), lower=["pose"]
        )
    assert comparison.score("joint 2 (3)", "pose").mean == 0.7


@pytest.mark.parametrize("cell", ["52.3 (+0.4)", "52.3 (-2)", "52.3 0.4", "(52.3)", "± 0.4"])
def test_what_is_no_spread_is_no_score(table, cell):
    with pytest.raises(TableError, match="column `pose` has numbers and other cells"):
        read_scores(table(METHODS.replace("A", cell).replace("B", "51")))


@pytest.mark.parametrize(
    "text",
    [
        "tasks,task,score\na,a,0.8 ± 0.1\nb,b,2\na+b,a,0.7\na+b,b,2\n",
        "tasks,seed,task,score\na,0,a,0.8 ± 0.1\nb,0,b,2\na+b,0,a,0.7\na+b,0,b,2\n",
        "tasks,seed,A ↑,b\na,0,0.8 ± 0.1,\nb,0,,2\na+b,0,0.7,2\n",
    ],
)
def test_runs_need_the_score_of_each_run(table, text):
    with pytest.raises(
        TableError, match=r"line 2 has the score `0.8 ± 0.1`, a mean over runs"
    ) as no:
        read_runs_table(table(text))
    assert "\n" not in str(no.value)
