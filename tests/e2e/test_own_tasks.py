"""The examples of docs/your-own-tasks.md, from plan to a trained network."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from gradsplit.cli import main
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.registry import load_taskset
from relations import ChangeMatrix, GradientMask
from tests.e2e.journeys.console import run_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
OWN = "own_tasks.py:Shapes"
FEW = ["--set", "samples=40", "--steps", "3", "--batch-size", "8"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for example in (DOCS / "examples").glob("*.py"):
        shutil.copy(example, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_shows_the_file_word_for_word():
    page = (DOCS / "your-own-tasks.md").read_text()
    assert f"```python\n{(DOCS / 'examples/own_tasks.py').read_text()}```" in page


def test_the_example_keeps_the_contract():
    check_taskset(load_taskset(f"{DOCS}/examples/{OWN}", {"samples": 40}))


def test_a_task_set_goes_from_plan_to_a_trained_network(folder, capsys):
    assert main(["plan", OWN, *FEW, "--seeds", "2"]) == 0
    assert "12 runs" in capsys.readouterr().out
    assert main(["probe", OWN, *FEW, "--seeds", "2", "--out", "shapes"]) == 0
    assert "shape" in capsys.readouterr().out
    assert main(["mask", "shapes", "--out", "shapes.json"]) == 0
    assert GradientMask.load("shapes.json").tasks == ("shape", "place", "light")
    assert main(["train", OWN, *FEW, "--mask", "shapes.json", "--out", "trained"]) == 0
    assert json.loads((folder / "trained/scores.json").read_text()).keys() == {
        "shape",
        "place",
        "light",
    }


def test_a_training_program_goes_from_probe_to_mask(folder, capsys):
    program = (
        f"{sys.executable} train_program.py --tasks {{tasks}} --seed {{seed}} --scores {{out}}"
    )
    words = ["--command", program, "--tasks", "slow,sum", "--seeds", "2", "--out", "waves"]
    assert main(["probe", *words]) == 0
    assert main(["mask", "waves", "--out", "waves.json"]) == 0
    assert GradientMask.load("waves.json").tasks == ("slow", "sum")
    changes = ChangeMatrix.from_ledger(next(Path("waves").glob("*.db")))
    assert changes.n[0, 1] == changes.n[1, 0] == 2


@pytest.mark.slow
def test_the_page_shows_what_the_commands_print(folder):
    run_page(DOCS / "your-own-tasks.md", folder, "console")
