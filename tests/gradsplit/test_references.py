import pytest

from gradsplit.cli import main
from gradsplit.errors import GradSplitError, ReferenceNotFoundError, TaskSetError
from gradsplit.references import find, load_model
from gradsplit.tasksets.registry import load_taskset
from relations import GradientMask


@pytest.mark.parametrize("reference", ["Net", "nowhere.py:Net", "no.module:Net", "math:Net"])
def test_a_missing_model_is_spoken_of_as_a_model(reference):
    with pytest.raises(GradSplitError, match=f"There is no model `{reference}`") as missing:
        load_model(reference)
    assert "task set" not in str(missing.value)


@pytest.mark.parametrize("reference", [".net:Net", "..:Net", "nets.:Net", "a..b:Net"])
def test_an_empty_part_of_a_name_is_refused(reference):
    with pytest.raises(ReferenceNotFoundError, match="a part of its name is empty"):
        find(reference)


def test_check_speaks_of_a_model(tmp_path, capsys):
    GradientMask.identity(["pose", "reid"]).save(tmp_path / "m.json")
    assert main(["check", str(tmp_path / "m.json"), "--model", "Net"]) != 0
    assert "There is no model `Net`" in capsys.readouterr().err


OWN = """
from dataclasses import dataclass

import torch
from torch import nn


class Net(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)


model = Net()
_hidden = 3
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "nets.py"
    path.write_text(OWN)
    return path


def test_what_a_file_defines_is_told_without_what_it_imports(own):
    with pytest.raises(ReferenceNotFoundError) as missing:
        find(f"{own}:Nett")
    assert "It defines Net, model. Did you mean `Net`?" in str(missing.value)


def test_a_model_that_needs_arguments_is_asked_to_be_made_by_a_function(own):
    own.write_text(
        f"{OWN}\n\nclass Wide(nn.Linear):\n    def __init__(self, width, *, bias=True): ...\n"
    )
    with pytest.raises(GradSplitError, match=r"Wide` needs `width`: name a function that takes"):
        load_model(f"{own}:Wide")


def test_a_name_too_many_is_refused(own):
    with pytest.raises(ReferenceNotFoundError, match="names no object"):
        find(f"{own}:Net:forward")


def test_a_file_alone_is_answered_with_its_names(own):
    with pytest.raises(ReferenceNotFoundError, match=f"`{own}:Net` or `{own}:model`"):
        find(str(own))


def test_a_misspelt_file_is_answered_with_its_neighbour(own):
    with pytest.raises(ReferenceNotFoundError, match=f"Did you mean `{own}`"):
        find(f"{own.with_name('netts.py')}:Net")


def test_a_misspelt_task_set_is_answered_with_the_nearest(own):
    with pytest.raises(TaskSetError, match="Did you mean `figures`"):
        load_taskset("figurse")
    with pytest.raises(TaskSetError, match=r"is a file: say what of it.*such as `file\.py:attr`"):
        load_taskset(str(own))


def test_of_a_file_only_task_sets_are_proposed(tmp_path):
    path = tmp_path / "mine.py"
    code = "from tests.gradsplit.toy_tasks import Toy\nSIZE = 16\n\nclass Mine(Toy): ...\n"
    path.write_text(f"{code}\ndef loss(output): ...\n\nmine = Mine()\n")
    with pytest.raises(TaskSetError, match=rf"such as `{path}:mine`\."):
        load_taskset(str(path))
    with pytest.raises(TaskSetError, match=r"It defines mine\. Did you mean `mine`"):
        load_taskset(f"{path}:min")
    without = tmp_path / "without.py"
    without.write_text(code)
    with pytest.raises(TaskSetError, match=rf"such as `{without}:Mine`\."):
        load_taskset(str(without))


def test_a_file_that_ends_the_program_is_named(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import sys\nsys.exit(3)\n")
    with pytest.raises(ReferenceNotFoundError, match="SystemExit: 3"):
        find(f"{path}:tasks")
