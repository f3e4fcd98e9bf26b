import json
import stat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relations import ChangeMatrix, GradientMask, RelationGraph, Task
from relations.errors import MaskError
from tests.places import ROOT

CONTRACT = ROOT / "tests" / "contract"


@pytest.fixture
def mask():
    changes = ChangeMatrix(["pose", "reid"], [[0, -0.02], [0.0, 0]], origin="table.csv")
    return GradientMask.from_graph(RelationGraph.from_changes(changes))


def test_round_trip(mask, tmp_path):
    path = tmp_path / "mask.json"
    mask.save(path)
    loaded = GradientMask.load(path)
    assert loaded == mask
    for name in ("threshold", "undecided", "evidence", "provenance"):
        assert getattr(loaded, name) == getattr(mask, name)
    assert loaded.to_json() == path.read_text()


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_any_sound_mask_survives(size, draw):
    may_update = np.random.default_rng(draw).random((size, size)) < 0.5
    np.fill_diagonal(may_update, True)
    mask = GradientMask([f"tâche {i} \"'\\" for i in range(size)], may_update)
    content = json.loads(mask.to_json())
    assert content["may_update"] == may_update.tolist()
    assert tuple(content["tasks"]) == mask.tasks


def test_the_format_is_the_documented_one(mask, tmp_path):
    mask.save(tmp_path / "mask.json")
    content = json.loads((tmp_path / "mask.json").read_text())
    assert list(content) == [
        "format",
        "version",
        "tasks",
        "may_update",
        "threshold",
        "undecided",
        "evidence",
        "provenance",
    ]
    assert (content["format"], content["version"]) == ("gradsplit-mask", 1)
    assert list(content["evidence"]) == ["change", "lower", "upper", "n", "verdict"]
    assert content["evidence"]["lower"] == [[None, None], [None, None]]


def test_saving_replaces_in_one_step_and_leaves_no_rubbish(mask, tmp_path):
    path = tmp_path / "mask.json"
    path.write_text("old")
    mask.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["mask.json"]
    assert stat.S_IMODE(path.stat().st_mode) & stat.S_IRUSR
    with pytest.raises(MaskError, match="cannot be written"):
        mask.save(tmp_path / "nowhere" / "mask.json")


def edited(mask, path, **changes):
    content = json.loads(mask.to_json()) | changes
    path.write_text(json.dumps({key: value for key, value in content.items() if value != "DROP"}))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 3}, "reads versions 1 and 2, the file has version 3"),
        ({"version": 2}, "`changes` must say how each task's change is measured"),
        ({"changes": {"pose": {}}}, "`changes` must have an entry for each of pose, reid"),
        (
            {"changes": {"pose": {}, "reid": {"kind": "absolute", "threshold": 1}}},
            "`changes.reid`: The threshold of a change of kind 'absolute'",
        ),
        ({"format": "other"}, '`format` must be "gradsplit-mask", got "other"'),
        ({"tasks": "pose"}, "`tasks` must be a list of names"),
        ({"tasks": ["pose", "reid", "sky"]}, "must be 3 by 3 for the tasks pose, reid, sky"),
        ({"may_update": [[True, 2], [True, True]]}, "true and false only"),
        ({"may_update": [["true", "false"], ["true", "true"]]}, "true and false only"),
        ({"may_update": None}, "true and false only"),
        ({"may_update": "DROP"}, "`may_update` must be 2 by 2"),
        ({"may_update": [[False, True], [True, True]]}, "`pose` may not update its own group"),
        ({"threshold": 0.1}, r"`threshold` must be null or in \(-1, 0\], got 0.1"),
        ({"threshold": "low"}, "`threshold` must be null"),
        ({"undecided": "maybe"}, "`undecided` must be null or one of point, allow, block"),
        ({"evidence": {"change": [[0]]}}, "`evidence.change` must be 2 by 2"),
        ({"evidence": []}, "`evidence` must be an object"),
        ({"provenance": []}, "`provenance` must be an object"),
    ],
)
def test_unsound_files(mask, tmp_path, changes, message):
    path = edited(mask, tmp_path / "mask.json", **changes)
    with pytest.raises(MaskError, match=message):
        GradientMask.load(path)


def test_all_problems_of_a_file_at_once(mask, tmp_path):
    path = edited(
        mask,
        tmp_path / "mask.json",
        may_update=[[False, True], [True, True]],
        threshold=3,
        undecided="x",
    )
    with pytest.raises(MaskError) as caught:
        GradientMask.load(path)
    assert str(caught.value).count("\n- ") == 3


def test_a_file_cut_anywhere_is_an_error_that_says_so(mask, tmp_path):
    whole = mask.to_json().rstrip()
    path = tmp_path / "mask.json"
    for cut in range(len(whole)):
        path.write_text(whole[:cut])
        with pytest.raises(MaskError, match="cut off"):
            GradientMask.load(path)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(MaskError, match="There is no mask file"):
        GradientMask.load(tmp_path / "mask.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MaskError, match="cannot be read as a mask file"):
        GradientMask.load(tmp_path / "binary.json")
    with pytest.raises(MaskError, match="cannot be read"):
        GradientMask.load(tmp_path)


def test_a_byte_order_mark_is_no_fault(mask, tmp_path):
    (tmp_path / "mask.json").write_text("\ufeff" + mask.to_json(), encoding="utf-8")
    assert GradientMask.load(tmp_path / "mask.json") == mask


def test_a_table_is_no_mask(tmp_path):
    (tmp_path / "table.csv").write_text(",a,b\na,,1\nb,1,\n")
    with pytest.raises(MaskError, match=r"is no mask file.*gradsplit mask"):
        GradientMask.load(tmp_path / "table.csv")


def test_kinds_are_written_where_some_change_is_not_relative(mask, tmp_path):
    tasks = [Task("pose"), Task("r2", change="absolute", threshold=-0.02)]
    changes = ChangeMatrix(tasks, [[0, -0.015], [-0.015, 0]])
    mixed = GradientMask.from_graph(RelationGraph.from_changes(changes))
    mixed.save(tmp_path / "mask.json")
    content = json.loads((tmp_path / "mask.json").read_text())
    assert content["version"] == 2 and content["may_update"] == [[True, True], [False, True]]
    assert content["changes"]["r2"] == {
        "kind": "absolute",
        "unit": "the metric's own unit",
        "threshold": -0.02,
    }
    assert GradientMask.load(tmp_path / "mask.json").to_json() == mixed.to_json()
    assert mixed.not_following() == [] and "changes" not in json.loads(mask.to_json())


def test_a_part_without_other_kinds_is_a_plain_mask_again():
    tasks = [Task("pose"), Task("reid"), Task("r2", change="absolute", threshold=-0.02)]
    changes = ChangeMatrix(tasks, np.zeros((3, 3)))
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    assert json.loads(mask.select(["pose", "reid"]).to_json())["version"] == 1
    assert json.loads(mask.select(["pose", "r2"]).to_json())["version"] == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"threshold": -0.01', '"threshold": ' + "[" * 100_000, "nested too deeply"),
        ('"threshold": -0.01', '"threshold": ' + "9" * 5000, "digits"),
        ('"threshold": -0.01', '"threshold": -0.01, "threshold": -0.02', "more than once"),
        ('"threshold": -0.01', '"threshold": NaN', "threshold"),
        ('"pose"', '"\\u001b[31mpose"', "control and direction characters"),
        ('"pose"', '"\\ud800"', "control and direction characters"),
        ('"harmful"', "{}", "evidence.verdict"),
        ('"n": ', '"m": {"pose": 1}, "n": ', "evidence.m"),
        ("0.02", "1" + "0" * 400, "evidence.change"),
        ('"unknown": "block"', '"unknown": Infinity', "JSON values"),
    ],
)
def test_what_json_can_hold_and_a_mask_cannot(tmp_path, old, new, message):
    text = (CONTRACT / "mask-v1.json").read_text()
    assert old in text
    (tmp_path / "mask.json").write_text(text.replace(old, new, 1))
    with pytest.raises(MaskError, match=message):
        GradientMask.load(tmp_path / "mask.json")
