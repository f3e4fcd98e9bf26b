"""Which way the scores of methods are better: arrows, a column, `lower`, or a note."""

import warnings

import pytest

from analysis.comparison.scores_table import read_scores
from relations.errors import ScoreError, TableError, TableNote, options_named

WIDE = "method,pose,depth\nsingle,0.8,2\njoint,0.72,2.2\n"
LONG = (
    "method,seed,task,score\nsingle,0,pose,0.8\nsingle,0,depth,2\njoint,0,pose,0.72\n"
    "joint,0,depth,2.2\n"
)


@pytest.fixture
def read(tmp_path):
    def write(text, **options):
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding="utf-8")
        return read_scores(path, **options)

    return write


@pytest.mark.parametrize(
    "text",
    [
        WIDE.replace("depth", "depth ↓"),
        WIDE.replace("depth", "depth (lower is better)").replace("pose", "pose ↑"),
        LONG.replace(",depth,", ",depth ↓,"),
        "\n".join(
            line + end
            for line, end in zip(
                LONG.split(), (",higher_is_better", *(",true", ",false") * 2), strict=True
            )
        ),
    ],
)
def test_what_the_table_says_is_believed_and_nothing_is_told(read, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compared = read(text)
    assert compared.tasks == ("pose", "depth")
    assert compared.changes("joint")[0] == pytest.approx({"pose": -0.1, "depth": -0.1})


@pytest.mark.parametrize("text", [WIDE, LONG])
def test_where_nothing_says_it_all_are_taken_as_better_higher_and_told_once(read, text):
    with pytest.warns(TableNote) as notes:
        assert read(text).changes("joint")[0]["depth"] == pytest.approx(0.1)
    told = "read as higher is better: pose, depth; `lower` names those that are errors."
    assert [str(note.message) for note in notes] == [told]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(text, lower=("depth",)).changes("joint")[0]["depth"] == pytest.approx(-0.1)


def test_a_task_that_is_called_as_an_error_is_named(read):
    told = r"errors, as depth rmse may be: --lower 'depth rmse'\.$"
    with options_named(["lower"]), pytest.warns(TableNote, match=told):
        read(WIDE.replace("depth", "depth rmse"))


def test_lower_wins_over_an_arrow_and_says_so(read):
    with pytest.warns(TableNote, match="table says that depth is better higher; what was given"):
        compared = read(WIDE.replace("depth", "depth ↑"), lower=("depth",))
    assert not compared.rises("depth")


def test_a_task_that_is_named_with_its_arrow_keeps_it(read):
    assert read(WIDE.replace("depth", "depth ↓"), tasks=["depth ↓"]).tasks == ("depth ↓",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            LONG.replace("joint,0,depth", "joint,0,depth ↓").replace(
                "single,0,depth", "single,0,depth ↑"
            ),
            "line 5: depth was said to be better the other way",
        ),
        ("method,seed,task,score,direction\nsingle,0,a,1,up\n", "line 2: direction must be"),
    ],
)
def test_directions_that_cannot_be_read(read, text, said):
    with pytest.raises(TableError, match=said):
        read(text)


@pytest.mark.parametrize("name", ["Single task", "STL", "trained alone", "single-task (ours)"])
def test_the_method_that_may_be_single_task_training_is_named(read, name):
    text = WIDE.replace("single", name)
    with pytest.raises(ScoreError) as wrong:
        read(text)
    assert f'If `{name}` is single-task training, say `single="{name}"`.' in str(wrong.value)
    with options_named(["single"]), pytest.raises(ScoreError, match=r"say `--single '?[A-Zst]"):
        read(text)


def test_where_no_name_tells_it_is_asked_for(read):
    with pytest.raises(ScoreError, match=r"Say which one is single-task training \(`single`\)\."):
        read(WIDE.replace("single", "singleton"))
