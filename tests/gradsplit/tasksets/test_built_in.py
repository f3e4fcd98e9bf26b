"""Built-in task sets: a folder registers itself; help, errors and the table follow."""

import inspect

import pytest

import gradsplit.tasksets
from gradsplit.cli import main
from gradsplit.errors import TaskSetError
from gradsplit.references import find
from gradsplit.tasksets import built_in
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.taskset import TaskSet
from tests.places import DOCS, EXAMPLES

TRIAL = '''"""A trial."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = (BuiltIn("trial-shapes", f"{__name__}.task_set:Shapes", "three small tasks"),)
'''


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """A task set that is one folder more, and nothing else."""
    folder = tmp_path / "shapes_for_trial"
    folder.mkdir()
    (folder / "__init__.py").write_text(TRIAL)
    (folder / "task_set.py").write_text((EXAMPLES / "own_tasks.py").read_text())
    monkeypatch.setattr(
        gradsplit.tasksets, "__path__", [*gradsplit.tasksets.__path__, str(tmp_path)]
    )
    return "trial-shapes"


def test_a_folder_registers_itself(trial, tmp_path, capsys):
    assert "trial-shapes" in built_in()
    assert load_taskset(trial).recipe.steps == 300
    words = ["probe", trial, "--steps", "1", "--seeds", "1", "--out", str(tmp_path / "runs")]
    assert main(words) == 0
    assert "harmful edges" in capsys.readouterr().out
    with pytest.raises(TaskSetError, match=r"planted-near.*trial-shapes"):
        load_taskset("trial")


def test_without_the_folder_it_is_not_there():
    assert "trial-shapes" not in built_in()


def test_every_name_is_a_task_set_and_bears_its_name():
    for name, entry in built_in().items():
        found = find(entry.reference)
        made = found if inspect.isclass(found) else found()
        kind = made if inspect.isclass(made) else type(made)
        assert issubclass(kind, TaskSet)
        assert made.name == name == entry.name


def test_the_helps_list_every_name(capsys):
    for command in ("plan", "probe", "train", "compare", "diagnose"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        text = capsys.readouterr().out
        assert [name for name in built_in() if name not in text] == []


def test_the_page_has_the_table_of_all():
    rows = [f"| `{name}` | {entry.about} |" for name, entry in built_in().items()]
    table = "\n".join(["| name | what it is |", "|---|---|", *rows])
    assert table in (DOCS / "your-own-tasks.md").read_text()
