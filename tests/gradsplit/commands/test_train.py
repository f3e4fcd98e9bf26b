"""`gradsplit train` by what was recommended."""

import json

import pytest

from gradsplit.cli import main
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.files import recommended_file
from gradsplit.studies.recommendation.files.recommended_file import GROUPING, recommended_text
from gradsplit.training.methods.balancing.db_mtl import DbMtl

ONE = Configuration("db-mtl", "", DbMtl(), "db-mtl")
APART = Configuration("all apart", "", networks=(("source",), ("target",)),
                      serves={"source": 0, "target": 1})  # fmt: skip
SHORT = ["--steps", "2", "--quiet"]


@pytest.fixture
def reads(monkeypatch):
    """How often each recommendation is read."""
    found: list[str] = []
    read = recommended_file.read_recommended

    def counted(path):
        found.append(str(path))
        return read(path)

    monkeypatch.setattr(recommended_file, "read_recommended", counted)
    return found


@pytest.fixture
def written(tmp_path):
    """Writes a recommendation for a task set with options, and gives its file's name."""

    def write(configuration, reference="cause-loud-loss"):
        file = tmp_path / "recommended.toml"
        file.write_text(recommended_text(configuration, reference, {}))
        (tmp_path / GROUPING).write_text('{"groups": [["source"], ["target"]]}')
        return str(file)

    return write


@pytest.mark.parametrize("configuration", [ONE, APART], ids=lambda one: one.name)
def test_a_recommendation_is_read_once(configuration, written, reads, tmp_path):
    file, out = written(configuration), tmp_path / "out"
    assert main(["train", file, "--out", str(out), *SHORT]) == 0
    assert json.loads((out / "scores.json").read_text()).keys() == {"source", "target"}
    assert (out / "network-2").is_dir() == (configuration is APART)
    assert reads == [file]


def test_a_file_that_is_not_there_is_no_recommendation(tmp_path, capsys):
    assert main(["train", "nowhere.toml", "--out", str(tmp_path / "out"), *SHORT]) == 2
    assert "There is no file `nowhere.toml`." in " ".join(capsys.readouterr().err.split())


def test_beside_a_task_set_it_is_read_once(written, reads, tmp_path):
    file = written(ONE, reference=None)
    words = ["train", "cause-loud-loss", "--recommended", file, "--out", str(tmp_path / "out")]
    assert main([*words, *SHORT]) == 0
    assert reads == [file]


def test_a_file_that_recommends_nothing_is_refused_in_words(tmp_path, capsys):
    file = tmp_path / "mine.toml"
    file.write_text('taskset = "planted"\n')
    out = tmp_path / "out"
    assert main(["train", "planted", "--recommended", str(file), "--out", str(out), *SHORT]) == 2
    said = capsys.readouterr().err
    assert "recommends nothing" in said and "Traceback" not in said
    assert not out.exists()
