"""What is no task set is named as what it is, and with what takes it."""

import pytest

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.other_things import results_at
from gradsplit.tasksets.registry import load_taskset

PROGRAM = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--tasks", required=True)
parser.parse_args([])
"""


def refused(reference):
    with pytest.raises(TaskSetError) as refusal:
        load_taskset(str(reference))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("results.csv", "results.csv", "a table of results"),
        ("runs/probe.db", "runs", "the folder of a probe"),
        ("runs/probe.db", "runs/probe.db", "a probe's ledger"),
    ],
)
def test_results_are_named_with_the_commands_that_read_them(name, given, kind, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("tasks,seed,task,score\n")
    said = refused(tmp_path / given)
    assert f"{given}` is {kind}, not a task set." in said
    assert "`gradsplit relations`" in said
    assert "built in" not in said


def test_a_missing_table_is_no_task_set_by_a_wrong_name(tmp_path):
    assert "There is no task set" in refused(tmp_path / "results.csv")


@pytest.mark.parametrize("end", ["", ":tasks"])
def test_a_program_goes_to_the_command(end, tmp_path, capsys):
    (tmp_path / "train.py").write_text(PROGRAM)
    said = refused(f"{tmp_path / 'train.py'}{end}")
    assert f'--command "python {tmp_path / "train.py"} --tasks {{tasks}} --seed {{seed}}' in said
    assert "--tasks" in capsys.readouterr().err  # what the program itself says stays


def test_a_file_with_a_fault_is_no_program(tmp_path):
    (tmp_path / "train.py").write_text("1 / 0")
    said = refused(f"{tmp_path / 'train.py'}:tasks")
    assert "ZeroDivisionError" in said
    assert "--command" not in said


def test_a_training_function_goes_to_the_probe(tmp_path):
    (tmp_path / "loop.py").write_text("def train(tasks, seed, steps=3):\n    return {}\n")
    said = refused(f"{tmp_path / 'loop.py'}:train")
    assert "`PairwiseProbe(train=train, ...)`" in said


def test_another_function_with_needs_is_told_of_them(tmp_path):
    (tmp_path / "make.py").write_text("def make(width):\n    return width\n")
    assert "missing 1 required positional argument" in refused(f"{tmp_path / 'make.py'}:make")


@pytest.mark.parametrize("name", ["9" * 5000, f"{'9' * 5000}.csv"])
def test_a_name_that_no_file_can_have_is_no_result(name):
    assert results_at(name) is None
    with pytest.raises(TaskSetError, match="There is no task set"):
        load_taskset(name)
