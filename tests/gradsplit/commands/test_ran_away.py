"""A training that ran away is named wherever its runs are used."""

import json

import pytest

from gradsplit.cli import main
from relations import group_tasks, load_changes, load_groups


@pytest.fixture
def runs(tmp_path):
    """Four seeds of three tasks; one training alone ran away."""
    lines = ["tasks,seed,task,score"]
    for seed in range(4):
        alone = {"a": 0.1 if seed == 2 else 0.79 + seed / 100, "b": 0.6 + seed / 200, "c": 0.7}
        lines += [f"{task},{seed},{task},{score + seed / 500}" for task, score in alone.items()]
        for pair in ("a+b", "a+c", "b+c"):
            lines += [f"{pair},{seed},{task},{0.65 + seed / 300}" for task in pair.split("+")]
    (tmp_path / "runs.csv").write_text("\n".join(lines).replace("0.104", "0.1"))
    return tmp_path / "runs.csv"


@pytest.mark.parametrize("command", ["group", "mask"])
def test_commands_name_it(runs, tmp_path, capsys, command):
    out = tmp_path / ("grouped" if command == "group" else "mask.json")
    assert main([command, str(runs), "--out", str(out)]) == 0
    assert "\nfar from all other seeds: a alone with seed 2" in capsys.readouterr().out


def test_the_file_of_a_grouping_keeps_it(runs, tmp_path):
    assert main(["group", str(runs), "--out", str(tmp_path)]) == 0
    notes = json.loads((tmp_path / "grouping.json").read_text())["notes"]
    assert any(note.startswith("far from all other seeds: a alone") for note in notes)


def test_it_is_said_in_python_of_groups_and_of_a_matrix(runs):
    for changes in (load_groups(runs), load_changes(runs)):
        assert "far from all other seeds: a alone" in str(group_tasks(changes, 2))
