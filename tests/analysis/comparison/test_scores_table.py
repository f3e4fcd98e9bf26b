"""Scores from tables that people have."""

from pathlib import Path

import pytest

from analysis.comparison.scores_table import read_scores
from analysis.comparison.table import comparison_table
from relations.errors import RelationsError, ScoreError, TableError

# Scores and delta_m of the method's slides, four tasks.
SLIDES = """method,backbone,reid,attribute,pose,parsing,delta_m
single,R50-GN,81.1,78.0,88.2,45.6,0.0
RCM,R50-GN,54.9,68.1,69.0,36.1,-21.9
SFG,R50-GN,64.4,73.9,71.8,34.8,-17.0
MTAN,R50-GN,42.7,77.4,86.0,41.9,-14.7
ASTMT,R50-TBN,50.6,78.9,87.0,43.6,-10.6
multi-head,R50-BN,63.2,76.3,78.9,39.8,-11.9
multi-head,R50-TBN,78.1,77.2,86.8,41.8,-3.7
multi-head,R50-GN,79.3,76.4,86.1,42.7,-3.3
GradSplit,R50-GN,80.1,77.8,86.4,43.9,-1.8
"""


def table(folder: Path, text: str) -> Path:
    path = folder / "scores.csv"
    path.write_text(text)
    return path


def test_delta_m_of_the_slides(tmp_path: Path) -> None:
    compared = read_scores(table(tmp_path, SLIDES), single="single R50-GN")
    printed = {
        f"{line.split(',')[0]} {line.split(',')[1]}": float(line.split(",")[-1])
        for line in SLIDES.splitlines()[1:]
    }
    assert list(compared.methods) == list(printed)
    for method, delta_m in printed.items():
        # Printed with one decimal; multi-head's -3.25 was rounded up there.
        assert 100 * compared.delta_m(method).mean == pytest.approx(delta_m, abs=0.0501)


def test_a_line_a_score(tmp_path: Path) -> None:
    text = "method,seed,task,score\nsingle,0,error,2\nsingle,0,pose,0.8\n"
    text += "joint,0,error,2.2\njoint,0,pose,0.8\n"
    compared = read_scores(table(tmp_path, text), lower=("error",))
    assert compared.delta_m("joint").mean == pytest.approx(-0.05)


def test_a_line_a_method_and_seed(tmp_path: Path) -> None:
    text = "method,seed,pose\nsingle,3,0.5\nsingle,4,0.8\njoint,3,0.6\njoint,4,0.8\n"
    compared = read_scores(table(tmp_path, text))
    assert compared.deltas("joint") == pytest.approx({3: 0.2, 4: 0.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have a header"),
        ("name,pose\na,1\n", "a column `method`"),
        ("method,pose\nsingle,1\njoint,\n", "column `pose` has numbers and other cells"),
        ("method,norm\nsingle,GN\n", "no column has a score"),
        ("method,pose\nsingle,1\nsingle,2\n", "line 3: `single` needs a seed of its own"),
        ("method,pose\nsingle,1,9\n", "line 2: 2 cells"),
        ("method,seed,task,score\nsingle,x,pose,1\n", "line 2: the seed and the score"),
        ("method,seed,task,score\ns,0,pose,1\ns,0,pose,2\n", "line 3: a second score of pose"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_scores(table(tmp_path, text))


def test_single_task_training_is_needed(tmp_path: Path) -> None:
    path = table(tmp_path, "method,pose\njoint,1\n")
    with pytest.raises(RelationsError, match="no single-task scores"):
        read_scores(path)
    with pytest.raises(ScoreError, match="no task depth"):
        read_scores(path, single="joint", lower=("depth",))


WIDE = "method,seed,pose,depth\nsingle,0,0.8,2\njoint,0,0.72,2\n"


@pytest.mark.parametrize(
    "text",
    [
        WIDE,
        WIDE.replace(",", ";"),
        WIDE.replace(",", ";").replace(".", ","),
        WIDE.replace(",", "\t"),
        "\ufeff" + WIDE.replace("method,seed", " Method , SEED "),
        WIDE.replace(",0,", ",0.0,"),
        '"","method","seed","pose","depth"\n"1","single",0,0.8,2\n"2","joint",0,0.72,2\n',
        "method,pose,pose_se,pose_change,depth,n\nsingle,0.8,,0,2,1\njoint,0.72,,-0.1,2,1\n",
    ],
)
def test_the_same_scores_in_the_habits_of_other_programs(tmp_path: Path, text: str) -> None:
    compared = read_scores(table(tmp_path, text))
    assert compared.tasks == ("pose", "depth")
    assert compared.delta_m("joint").mean == pytest.approx(-0.05)


@pytest.mark.parametrize(
    "name",
    ["lr", "epoch", "params_M", "time [s]", "Learning rate", "", "wall seconds", "gpu_mem_gb"],
)
def test_columns_of_numbers_that_are_no_scores_are_asked_about(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, f"method,pose,{name}\nsingle,0.8,5\njoint,0.72,9\n")
    with pytest.raises(TableError, match=r"are the numbers of .* scores\? .*--tasks pose"):
        read_scores(path)
    assert read_scores(path, tasks=["pose"]).delta_m("joint").mean == pytest.approx(-0.1)


def test_a_column_of_words_belongs_to_the_method_and_says_so(tmp_path: Path) -> None:
    path = table(tmp_path, "method,date,pose\nsingle,Monday,0.8\njoint,Friday,0.72\n")
    with pytest.raises(TableError, match=r"columns of words \(date\).*none is called `single`"):
        read_scores(path)
    assert read_scores(path, single="single Monday").tasks == ("pose",)


def test_the_tasks_can_be_named(tmp_path: Path) -> None:
    path = table(tmp_path, WIDE)
    assert read_scores(path, tasks=["depth"]).tasks == ("depth",)
    long = "method,seed,task,score\nsingle,0,pose,0.8\nsingle,0,lr,1\njoint,0,pose,0.72\n"
    assert read_scores(table(tmp_path, long), tasks=["pose"]).tasks == ("pose",)
    with pytest.raises(ScoreError, match=r"no task Pose.*Did you mean `pose`"):
        read_scores(table(tmp_path, WIDE), tasks=["Pose"])
    with pytest.raises(ScoreError, match="Did you mean `depth`"):
        read_scores(table(tmp_path, WIDE), lower=("dpeth",))


def test_a_task_may_be_called_as_a_setting_when_it_is_named(tmp_path: Path) -> None:
    text = "method,pose,time\nsingle,0.8,10\njoint,0.72,9\n"
    compared = read_scores(table(tmp_path, text), tasks=["pose", "time"])
    assert compared.changes("joint")[0] == pytest.approx({"pose": -0.1, "time": -0.1})


def test_a_row_is_of_one_number_of_seeds_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    text = "method,seed,pose\nsingle,0,0.8\nsingle,1,0.8\n"
    text += "joint,0,0.72\njoint,1,0.72\njoint,2,0.1\nmasked,1,0.88\nmasked,7,0.2\n"
    compared = read_scores(table(tmp_path, text))
    assert compared.score("joint", "pose").n == compared.delta_m("joint").n == 2
    assert compared.score("joint", "pose").mean == pytest.approx(0.72)
    printed = str(comparison_table(compared, "masked"))
    assert "joint: left out, as `single` lacks them: seeds 2" in printed
    assert "masked: left out, as `single` lacks them: seeds 7" in printed
    assert "joint: the difference to masked is over the 1 seeds that both have" in printed
