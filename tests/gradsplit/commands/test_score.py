"""`gradsplit score WEIGHTS TASKSET`."""

import pytest

from gradsplit.cli import main
from tests.places import TOY_TASKS

TOY = f"{TOY_TASKS}:toy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    assert main(["train", TOY, "--out", str(out), "--quiet"]) == 0
    return str(out)


def test_it_prints_and_writes_the_scores(folder, tmp_path, capsys):
    assert main(["score", folder, TOY, "--side", "--out", str(tmp_path / "s.csv")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("task") and "class.sign" in said and "written: " in said
    assert (tmp_path / "s.csv").read_text().startswith("task,score\nsum,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{}"], "Name the weights and a task set"),
        (["nowhere", TOY], "There are no weights"),
        (["{}", "planted"], "none is the same"),
        (["{}", TOY, "--steps", "3"], "leave --steps and --batch-size out"),
        (["{}", TOY, "--out", "scores.txt"], "must end in .json or .csv"),
        (["{}", TOY, "--set", "depth=3"], "`depth` is not one of them"),
    ],
)
def test_mistakes_are_said(folder, words, said, capsys):
    assert main(["score", *(word.format(folder) for word in words)]) == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err
