"""recommendation.json beside the runs: sound, or refused in words."""

import copy
import json

import pytest

from gradsplit.cli import main
from gradsplit.studies.recommendation.files.recommendation_file import read_recommendation
from relations.errors import TableError
from tests.analysis.recommendation_examples import three_judged
from tests.places import ROOT

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
        (["asked"], {"runs": 90}, "`asked` must be an object with runs, race_seeds"),
        (["answer"], " ", "`answer` must be a text that says something"),
        (["own_loop"], GONE, "`own_loop`"),
        (["own_loop"], "", "`own_loop` must be a text that says something"),
        (["own_loop"], ["a"], "`own_loop`"),
        (["kinds"], GONE, "`kinds` must be an object with an entry for each of a, b"),
        (["kinds"], ["a", "b"], "`kinds` must be an object"),
        (["kinds", "b"], GONE, "`kinds` must be an object"),
        (["kinds", "c"], {"kind": "relative"}, "`kinds` must be an object"),
        (["kinds", "b"], {}, "`kinds` of b: A change is one of"),
        (["kinds", "b"], None, "`kinds` of b: A change is one of"),
        (["kinds", "b", "kind"], ["relative"], "`kinds` of b: A change is one of"),
        (["kinds", "b"], {"kind": "absolute"}, "`kinds` of b: .* needs a threshold"),
        (["kinds", "b", "threshold"], 0.1, "`kinds` of b: The threshold"),
        (["kinds", "b", "threshold"], float("nan"), "`kinds` of b: The threshold"),
        (["candidates", 3, "behind"], GONE, "`candidates`"),
        (["candidates", 3, "behind"], None, "`candidates`"),
        (["candidates", 3, "what"], 3, "`candidates`"),
        (["candidates", 3, "method"], None, "`candidates`"),
        (["candidates", 3, "networks"], [["a"], "b"], "`candidates`"),
        (["candidates", 3, "networks"], [], "`candidates`"),
        (["candidates", 3, "behind"], "", "`behind` of db-mtl must be points"),
        (["candidates", 3, "behind"], "0.5", "`behind` of db-mtl must be points"),
        (["candidates", 3, "behind"], "much tuned-weights", "`behind` of db-mtl must be points"),
        (["candidates", 3, "behind"], "0.5 stranger", "`behind` of db-mtl must be points"),
        (["candidates", 3, "behind"], "0.5 db-mtl", "`behind` of db-mtl must be points"),
        (["candidates", 2, "behind"], "0.5 a | b", "`behind` of multi-head must be empty"),
        (["candidates", 3, "running"], True, "`running` of db-mtl must be false: it is behind"),
        (["candidates", 3, "state"], "undecided", "`running` of db-mtl must be true"),
        (["candidates", 2, "state"], "kept to compare", "`behind` of multi-head must be points"),
        (["candidates", 2, "running"], False, "`running` of multi-head must be true"),
        (["candidates", 0, "state"], "asleep", "`candidates`"),
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


def test_all_problems_are_said_at_once(tmp_path):
    content = changed(["candidates", 3, "behind"], "")
    content = {**content, "own_loop": "", "kinds": {}}
    with pytest.raises(TableError) as wrong:
        read_recommendation(written(tmp_path, content), ["a"])
    assert all(f"`{key}`" in str(wrong.value) for key in ("own_loop", "behind", "kinds"))


def test_the_command_says_it_in_words_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    written(tmp_path, changed(["version"], 2))
    assert main(["report", "t.csv", "--out", "page.html"]) == 2
    said = capsys.readouterr().err
    assert "recommendation.json" in said and "Traceback" not in said
    assert not (tmp_path / "page.html").exists()


def test_the_example_of_the_documentation_is_sound(tmp_path):
    page = (ROOT / "docs" / "formats.md").read_text()
    shown = page.partition("## Recommendation (JSON)")[2].partition("```json\n")[2]
    read_recommendation(written(tmp_path, shown.partition("```")[0]), ["pose", "reid"])
