"""recommendation.json beside the runs: sound, or refused in words."""

import copy
import json

import pytest

from gradsplit.cli import main
from gradsplit.studies.report.recommendation_file import read_recommendation
from relations.errors import TableError
from tests.analysis.recommendation_examples import three_judged

TABLE = "source,a,b\na,,-0.1\nb,0.2,\n"
GONE = object()


def written(folder, content):
    path = folder / "recommendation.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def changed(keys, value):
    """A sound file with one entry replaced or taken away."""
    content = copy.deepcopy(three_judged())
    place = content
    for key in keys[:-1]:
        place = place[key]
    if value is GONE:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return content


def test_a_sound_file_is_taken_as_it_is(tmp_path):
    content = three_judged()
    assert read_recommendation(written(tmp_path, content), ["b", "a"]) == content
    assert read_recommendation(written(tmp_path, content), ["a"]) == content


def test_other_tasks_are_refused(tmp_path):
    path = written(tmp_path, three_judged())
    with pytest.raises(TableError, match=r"of the tasks a, b, without c of the runs beside it"):
        read_recommendation(path, ["a", "c"])


@pytest.mark.parametrize(
    "text",
    ['{"format": "gradsplit-reco', "", "\x00", "[" * 100_000, '{"version": 1, "version": 1}'],
)
def test_a_broken_file_is_refused(tmp_path, text):
    with pytest.raises(TableError, match="cannot be read as JSON"):
        read_recommendation(written(tmp_path, text), ["a"])


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "recommendation.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(TableError, match="cannot be read as JSON"):
        read_recommendation(path, ["a"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(["version"], 2), "version 1, got 'gradsplit-recommendation' of version 2"),
        (changed(["version"], GONE), "of version None"),
        (changed(["format"], "gradsplit-mask"), "got 'gradsplit-mask'"),
        ("[1, 2]", "got None"),
        ("null", "got None"),
    ],
)
def test_another_format_or_version_is_refused(tmp_path, content, said):
    with pytest.raises(TableError, match=said):
        read_recommendation(written(tmp_path, content), ["a"])


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (["answer"], None, "`answer`"),
        (["left_out"], ["x"], "`left_out`"),
        (["left_out"], {"x": 1}, "`left_out`"),
        (["candidates"], GONE, "`candidates`"),
        (["candidates", 0], "a | b", "`candidates`"),
        (["candidates", 0, "name"], 3, "`candidates`"),
        (["candidates", 0, "name"], "db-mtl", "unique names"),
        (["candidates", 0, "operations"], 0, "`candidates`"),
        (["candidates", 0, "operations"], float("inf"), "`candidates`"),
        (["candidates", 0, "parameters"], True, "`candidates`"),
        (["candidates", 0, "running"], "yes", "`candidates`"),
        (["candidates", 0, "state"], GONE, "`candidates`"),
        (["candidates", 0, "over_multi_head"], GONE, "`candidates`"),
        (["candidates", 0, "over_multi_head"], {"mean": 0.1}, "`candidates`"),
        (["candidates", 0, "over_multi_head", "mean"], 10**400, "`candidates`"),
        (["judged"], {}, "`judged` must be an object"),
        (["judged", "a | b"], [], "`judged` must be an object"),
        (["judged", "a | b", "delta_m"], GONE, "`judged` must be an object"),
        (["judged", "a | b", "delta_m", "n"], None, "`judged` must be an object"),
        (["judged", "a | b", "over_multi_head"], None, "`judged` must be an object"),
        (["judged", "a | b", "over_multi_head", "lower"], "low", "`judged` must be an object"),
        (["judged", "a | b", "over_multi_head", "mean"], float("nan"), "`judged` must be an"),
        (["judged", "a | b", "tasks"], {}, "`judged` must be an object"),
        (["judged", "a | b", "tasks", "b"], GONE, "same tasks"),
        (["judged", "stranger"], three_judged()["judged"]["a | b"], "stranger are not"),
        (["recommended"], "db-mtl", "`recommended` must be one of the judged, got 'db-mtl'"),
        (["recommended"], ["a | b"], "`recommended`"),
        (["on_test"], "yes", "`on_test`"),
    ],
)
def test_what_is_not_sound_is_named(tmp_path, keys, value, said):
    with pytest.raises(TableError, match=said):
        read_recommendation(written(tmp_path, changed(keys, value)), ["a"])


def test_the_command_says_it_in_words_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    written(tmp_path, changed(["version"], 2))
    assert main(["report", "t.csv", "--out", "page.html"]) == 2
    said = capsys.readouterr().err
    assert "recommendation.json" in said and "Traceback" not in said
    assert not (tmp_path / "page.html").exists()
