"""What a runs table may mean otherwise is told, and nothing is changed."""

import warnings

import pytest

from relations import read_runs_table
from relations.errors import TableError, TableNote

WIDE = "method,tasks,seed,a,b\nalone,a,0,0.5,\nalone,b,0,,0.5\nalone,a,1,0.5,\nalone,b,1,,0.5\n"


@pytest.fixture
def read(tmp_path):
    def write(text):
        path = tmp_path / "runs.csv"
        path.write_text(text)
        return read_runs_table(path)

    return write


def test_pair_runs_of_several_methods_are_told_apart(read):
    told = r"`method` is not used: runs of plain, pcgrad are read as of one training"
    with pytest.warns(TableNote, match=told):
        table = read(WIDE + "plain,a+b,0,0.4,0.5\npcgrad,a+b,1,0.5,0.5\n")
    assert len(table.outcomes) == 6


def test_one_method_beside_training_alone_is_no_matter(read):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="read as higher is better")
        read(WIDE + "plain,a+b,0,0.4,0.5\nplain,a+b,1,0.5,0.5\n")


def test_a_backbone_of_another_seed_is_told_and_a_data_set_of_each_task_is_not(read):
    own = "tasks,seed,a,b,{}\na,0,1,,{}\na,1,1,,{}\nb,0,,1,y\n"
    with pytest.warns(TableNote, match="`backbone` is not used: runs of x, y"):
        read(own.format("backbone", "x", "y"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="read as higher is better")
        read(own.format("dataset", "x", "x"))


def test_a_run_that_is_there_twice_is_told_with_the_column_that_says_why(read):
    with pytest.raises(TableError, match=r"differ in the column `method` \(plain, pcgrad\)"):
        read(WIDE + "plain,a+b,0,0.4,0.5\npcgrad,a+b,0,0.5,0.5\n")


def test_a_long_table_of_two_parts_of_the_data(read):
    lines = [f"{run},{s},{t},0.5" for s in (0, 1) for run, t in (("a", "a"), ("b", "b"))]
    both = "".join(f"{line},{part}\n" for line in lines for part in ("val", "test"))
    with pytest.raises(TableError, match=r"differ in the column `part` \(val, test\)"):
        read(f"tasks,seed,task,score,part\n{both}")


def test_names_of_runs_tell_nothing(read):
    with pytest.raises(TableError) as caught:
        read("name,tasks,seed,a\nrun1,a,0,0.5\nrun2,a,0,0.6\n")
    assert "differ in the column" not in str(caught.value)


def test_tasks_that_differ_by_capitals(read):
    lines = ["a,0,a,1", "b,0,b,1", "a+b,0,a,1", "a+b,0,b,1", "A,1,A,1"]
    with pytest.warns(TableNote, match="`a` and `A` are read as two tasks"):
        read("\n".join(["tasks,seed,task,score", *lines]))


@pytest.mark.parametrize(("sizes", "told"), [("998 1.007", 2), ("0.8 80", 2), ("1 40", 0)])
def test_scores_of_two_sizes(read, sizes, told):
    one, other = sizes.split()
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message="read as higher is better")
        read(f"tasks,seed,a,b\na,0,{one},\nb,0,,{one}\na+b,0,{other},{other}\n")
    text = " ".join(str(note.message) for note in notes)
    assert text.count("from") == told
    assert len(notes) == bool(told)


def test_scores_of_tasks_that_a_line_does_not_name_are_told_and_not_used(read):
    text = "tasks,seed,a,b\na,0,0.5,0\nb,0,,0.5\na,1,0.5,nan\nb,1,,0.5\na+b,0,0.4,0.5\n"
    told = r"1 line has scores of tasks .* line 2 \(`a`, a score of `b`\)"
    with pytest.warns(TableNote, match=told):
        table = read(text)
    assert table.outcomes[0].scores == {"a": 0.5}
    with pytest.warns(TableNote, match=r"2 lines have scores .* such as line 2"):
        read(text.replace("b,1,,0.5", "b,1,0.1,0.5"))


PAIRS = "tasks,seed,task,score\n" + "".join(
    f"{run},{seed},{task},0.5\n"
    for seed in range(4)
    for run in ("caption", "keypoints", "caption+keypoints")
    for task in run.split("+")
)


@pytest.mark.parametrize("old", ["caption,2,caption", "caption+keypoints,3,caption"])
def test_a_task_of_one_run_that_is_called_nearly_as_another_is_told(read, old):
    new = old.replace("caption", "captoin")
    text = PAIRS.replace(old, new).replace("caption+keypoints,3,", "captoin+keypoints,3,")
    text = text if "+" in old else PAIRS.replace(old, new)
    with pytest.warns(TableNote) as notes:
        read(text)
    told = [str(note.message) for note in notes if "did you mean" in str(note.message)]
    assert len(told) == 1 and told[0].startswith("`captoin` is in 1 run, `caption` in")


def test_tasks_that_are_trained_as_often_or_together_are_no_slips(read):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="read as higher is better")
        read(PAIRS.replace("keypoints", "captions"))
        read(PAIRS.replace("keypoints", "caption2") + "caption3,0,caption3,0.5\n")


def test_a_task_that_differs_by_capitals_is_told_once(read):
    with pytest.warns(TableNote) as notes:
        read(PAIRS + "Caption,9,Caption,0.5\n")
    told = [str(note.message) for note in notes if "aption`" in str(note.message)]
    assert told == ["`caption` and `Caption` are read as two tasks."]
