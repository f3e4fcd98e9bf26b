"""Scores whose diagonal was deleted are no gains."""

import numpy as np
import pytest

from gradsplit.cli import main
from relations import ChangeMatrix, Task
from relations.errors import TableError
from relations.tables.relation_table import read_relation_table, write_relation_table

SCORES = "Trained with,seg,depth,normal\nseg,,0.40,0.21\ndepth,0.603,,0.207\nnormal,0.624,0.412,\n"


def table(tmp_path, text, name="table.csv"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.parametrize(
    "text",
    [
        SCORES,
        ",a,b\na,,0.81\nb,0.79,\n",
        ",a,b,c\na,,81.0,0.05\nb,79.0,,0.06\nc,78.5,80.1,\n",
        "source,target,accuracy\na,b,0.81\nb,a,0.79\n",
        "source,target,accuracy (%)\na,b,81\nb,a,79\n",
        "Accuracy (%),a,b,c\na,-,52.1,71.0\nb,77.3,-,73.1\nc,79.3,55.1,-\n",
        "δ1 (%),a,b\na,,81\nb,79,\n",
        ",a (%),b (%)\na,,81\nb,79,\n",
        ",a,b\na,,81%\nb,79%,\n",
        # One task alone: it has scores near 1, another near 0 or below.
        ",a,b,c\na,,0.05,0.03\nb,0.77,,0.03\nc,0.79,0.05,\n",
        ",a,b,c\na,,0.05,-1.3\nb,0.77,,-1.2\nc,0.79,0.04,\n",
        ",a,b,c\na,,5.2,-1.3\nb,77,,-1.2\nc,79,4.1,\n",
    ],
)
def test_numbers_like_scores_are_asked_about(text, tmp_path):
    with pytest.raises(TableError, match="are these changes or scores") as wrong:
        read_relation_table(table(tmp_path, text))
    assert "tasks,seed,task,score" in str(wrong.value) and "--unit fraction" in str(wrong.value)


def test_nested_scores_are_asked_about(tmp_path):
    path = table(tmp_path, '{"a": {"b": 0.81}, "b": {"a": 0.79}}', "table.json")
    with pytest.raises(TableError, match="are these changes or scores"):
        read_relation_table(path, rows="source")


def test_the_lines_to_write_are_of_this_table(tmp_path, capsys):
    assert main(["relations", str(table(tmp_path, SCORES))]) == 2
    said = capsys.readouterr().err
    assert "All 6 are positive, 0.207 to 0.624" in said and "gains of up to 62.4 %" in said
    assert "    depth,0,depth,...\n    seg+depth,0,depth,0.40\n" in said


@pytest.mark.parametrize(
    "text",
    [
        ",a,b\na,,-0.81\nb,0.79,\n",
        ",a,b\na,,0.012\nb,0.04,\n",
        ",a,b\na,,+0.81\nb,0.79,\n",
        ",a,b\na,,+81%\nb,79%,\n",
        "Δ (%),a,b\na,,81\nb,79,\n",
        "Relative change (%),a,b,c\na,,5.2,3.1\nb,77,,3.3\nc,79,5.5,\n",
        "aux (%),a,b,c\na,,5.2,-3.1\nb,4,,3.3\nc,2,-5.5,\n",
        "source (fractions),a,b\na,,0.81\nb,0.79,\n",
        "source,target,change\na,b,0.81\nb,a,0.79\n",
    ],
)
def test_changes_are_read_as_before(text, tmp_path):
    read = read_relation_table(table(tmp_path, text))
    assert np.isfinite(read.mean[0, 1])


def test_a_unit_that_is_said_answers_it(tmp_path):
    read = read_relation_table(table(tmp_path, SCORES), unit="fraction")
    assert read.mean[0, 1] == 0.40
    path = table(tmp_path, "accuracy,a,b\na,,81\nb,79,\n")
    assert read_relation_table(path, unit="per-cent").mean[0, 1] == 0.81


def test_where_the_unit_is_asked_for_scores_are_an_answer(tmp_path):
    scores = ",a,b\na,,-1.3\nb,0.41,\n"
    for text, asked in ((scores, True), (f"change{scores}", False)):
        with pytest.raises(TableError, match=r"is '-1\.3' in per cent, or is it") as wrong:
            read_relation_table(table(tmp_path, text))
        assert ("If they are scores and no changes" in str(wrong.value)) is asked


def test_scores_of_one_task_are_named_by_it(tmp_path):
    scores = ",a,b,c\na,,0.05,0.03\nb,0.77 ± 0.01,,0.03\nc,0.79,0.05,\n"
    with pytest.raises(TableError, match=r"The 2 of `a` are all positive, 0\.77 to 0\.79") as wrong:
        read_relation_table(table(tmp_path, scores))
    assert "    a,0,a,...\n    b+a,0,a,0.77\n" in str(wrong.value)


@pytest.mark.parametrize("rest", [0.5, -0.01])
def test_gains_that_are_written_are_read_again(tmp_path, rest):
    means = np.full((3, 3), rest)
    means[1:, 0] = 0.7
    np.fill_diagonal(means, np.nan)
    changes = ChangeMatrix((Task("a"), Task("b"), Task("c")), means)
    write_relation_table(changes, tmp_path / "table.csv")
    assert read_relation_table(tmp_path / "table.csv").mean[1, 0] == 0.7
