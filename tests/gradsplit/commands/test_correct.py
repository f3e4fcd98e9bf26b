"""`gradsplit correct`: both ledgers of a folder, and mistakes in words."""

import shutil

import pytest

from gradsplit.cli import MISTAKE, main
from relations import Ledger, Task


@pytest.fixture
def folder(tmp_path):
    with Ledger(tmp_path / "probe.db") as ledger:
        ledger.register([Task("pose"), Task("depth")], {"steps": 4})
    shutil.copy(tmp_path / "probe.db", tmp_path / "test.db")
    return tmp_path


def test_every_ledger_of_a_folder_is_corrected(folder, capsys):
    assert main(["correct", str(folder), "--lower", "pose,depth"]) == 0
    assert capsys.readouterr().out.count("pose (lower is better), depth (lower is better)") == 2
    assert main(["correct", str(folder), "--lower", "depth", "--higher", "pose"]) == 0
    for name in ("probe.db", "test.db"):
        assert [task.higher_is_better for task in Ledger(folder / name).tasks()] == [True, False]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name tasks: --lower"),
        (["--lower", "pose", "--higher", "pose"], "`pose` is in both"),
        (["--lower", "posse"], "Did you mean `pose`?"),
    ],
)
def test_a_mistake_is_said_and_changes_nothing(folder, words, said, capsys):
    assert main(["correct", str(folder), *words]) == MISTAKE
    assert said in capsys.readouterr().err
    assert all(task.higher_is_better for task in Ledger(folder / "probe.db").tasks())


def test_a_folder_without_a_ledger_is_said(tmp_path, capsys):
    assert main(["correct", str(tmp_path), "--lower", "pose"]) == MISTAKE
    assert "There is no ledger" in capsys.readouterr().err
