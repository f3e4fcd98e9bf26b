"""`gradsplit relations --side`: what the runs know beside their judged scores."""

import json

import pytest

from gradsplit.cli import main

RUNS = """tasks,seed,task,score
pose,0,pose,0.5
pose,0,pose@head top,0.9
reid,0,reid,0.4
pose+reid,0,pose,0.6
pose+reid,0,pose@head top,0.8
pose+reid,0,reid,0.3
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(RUNS)
    return str(path)


def test_unasked_they_are_counted(source, capsys):
    assert main(["relations", source]) == 0
    out = capsys.readouterr().out
    assert out.endswith("side scores, not judged: 1 of pose (--side - shows them)\n")


def test_asked_they_are_printed_or_written(source, tmp_path, capsys):
    assert main(["relations", source, "--side", "-"]) == 0
    assert "pose@head top    0.9        0.8" in capsys.readouterr().out
    file = tmp_path / "new" / "side.csv"
    assert main(["relations", source, "--side", str(file)]) == 0
    assert file.read_text().splitlines()[1] == "pose,head top,,0,0.9"


def test_json_alone_stays_json(source, tmp_path, capsys):
    file = tmp_path / "side.csv"
    assert main(["relations", source, "--json", "-", "--side", str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["side_scores"][0]["name"] == "head top"
    assert file.is_file()


def test_a_source_without_any_is_refused(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("source,target,change\npose,reid,-2%\nreid,pose,1%\n")
    assert main(["relations", str(path), "--side", "-"]) == 2
    assert "has no side scores" in capsys.readouterr().err
    assert main(["relations", str(path), "--side", "-", "--json", "-"]) == 2
    assert "Only one of --json and --side" in capsys.readouterr().err
