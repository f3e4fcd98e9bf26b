"""The JSON conversion of MPII: both sets of names, heads, and what is refused."""

import json

import numpy as np
import pytest
from scipy.io import savemat

from gradsplit.tasksets.human.export.mat import cells
from gradsplit.tasksets.human.formats import mpii
from tests.gradsplit.tasksets.human.mpii_by_hand import BY_HAND, HEAD, refused


def entry(image="0.jpg", joints=BY_HAND, seen=None, **changes):
    row = {
        "image": image,
        "center": [134.0, 177.0],
        "scale": 1.3125,
        "joints": joints,
        "joints_vis": [1] * 16 if seen is None else seen,
    }
    return row | changes


def truth(people):
    """`gt_valid.mat` of people all alike."""
    joints = np.array(BY_HAND)[:, :, None].repeat(people, axis=2)
    corners = np.array([[100, 50], [130, 90]])[:, :, None].repeat(people, axis=2)
    return {
        "dataset_joints": cells(["rank"] * 16),
        "jnt_missing": np.zeros((16, people), np.uint8),
        "pos_gt_src": joints,
        "headboxes_src": corners,
    }


def converted(
    base, train, valid, heads, names=("annot", "train.json", "valid.json", "gt_valid.mat")
):
    """A folder of the conversion; parts that are None are not written."""
    (base / "images").mkdir(parents=True)
    (base / "images" / "0.jpg").touch()
    annot = base / names[0]
    annot.mkdir()
    for name, entries in zip(names[1:3], (train, valid), strict=True):
        if entries is not None:
            (annot / name).write_text(json.dumps(entries), encoding="utf-8")
    if heads is not None:
        savemat(annot / names[3], heads)
    return base


@pytest.mark.parametrize(
    "names",
    [
        ("annot", "train.json", "valid.json", "gt_valid.mat"),
        ("annotations", "mpii_train.json", "mpii_val.json", "mpii_gt_val.mat"),
    ],
)
def test_a_person_in_the_conversion(tmp_path, names):
    seen = [0] + [1] * 15
    hidden = [[-1, -1], *BY_HAND[1:]]
    rows = [entry(), entry(joints=hidden, seen=seen)]
    parts = mpii.read(converted(tmp_path, rows, [entry(), entry()], truth(2), names))
    assert np.allclose(parts.train.joints[0], np.array(BY_HAND) - 1, atol=1e-4)
    assert parts.train.labelled.tolist() == [[True] * 16, [False] + [True] * 15]
    assert parts.train.joints[1, 0].tolist() == [0, 0]
    assert parts.train.centers.tolist() == [[133, 176]] * 2
    # The size told from neck and top of the head is that of the box.
    assert parts.train.heads == pytest.approx([HEAD] * 2, rel=1e-4)
    assert parts.test.heads == pytest.approx([HEAD] * 2)


def test_files_that_begin_with_a_mark(tmp_path):
    base = converted(tmp_path, [entry()], [entry()], truth(1))
    train = base / "annot" / "train.json"
    train.write_text(train.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert len(mpii.read(base).train.images) == 1


def test_a_head_is_not_known_without_its_joints(tmp_path):
    headless = entry(seen=[1] * 8 + [0] + [1] * 7)
    parts = mpii.read(converted(tmp_path, [headless], [entry()], truth(1)))
    assert np.isnan(parts.train.heads[0])


def test_what_is_judged_is_what_the_file_of_heads_says(tmp_path):
    """A joint is scored where that file has it, whatever the list says."""
    heads = truth(1)
    heads["jnt_missing"][5, 0] = 1
    listed = entry(seen=[1] * 15 + [0])
    test = mpii.read(converted(tmp_path, [entry()], [listed], heads)).test
    assert np.flatnonzero(~test.labelled[0]).tolist() == [5]


def test_parts_of_the_conversion_are_missing(tmp_path):
    message = refused(converted(tmp_path / "heads", [entry()], [entry()], None))
    assert "there is no file annot/gt_valid.mat (it holds the sizes of the heads)." in message
    message = refused(converted(tmp_path / "valid", [entry()], None, truth(1)))
    assert "there is no file annot/valid.json." in message
    (tmp_path / "valid" / "annot" / "valid.json").write_text("[{", encoding="utf-8")
    assert "valid.json cannot be read as JSON" in refused(tmp_path / "valid")
    (tmp_path / "valid" / "annot" / "valid.json").write_text('{"a": 1}', encoding="utf-8")
    assert "valid.json must be a list of people, got dict." in refused(tmp_path / "valid")


@pytest.mark.parametrize(
    "wrong",
    [
        {"joints": BY_HAND[:15]},
        {"joints_vis": [1] * 15},
        {"center": [1]},
        {"scale": 0},
        {"scale": "tall"},
        {"joints": None},
    ],
)
def test_entries_that_are_not_of_the_form(tmp_path, wrong):
    rows = [entry(), entry(**wrong), {"image": "0.jpg"}]
    message = refused(converted(tmp_path, rows, [entry()], truth(1)))
    assert "2 entries of train.json have not image, center, scale" in message
    assert "number 1, number 2" in message


def test_heads_of_other_people(tmp_path):
    message = refused(converted(tmp_path / "count", [entry()], [entry()], truth(2)))
    assert "gt_valid.mat must be of the 1 people of the validation list" in message
    moved = truth(1)
    moved["pos_gt_src"] = moved["pos_gt_src"] + 50
    message = refused(converted(tmp_path / "moved", [entry()], [entry()], moved))
    assert "16 of 16 joints of gt_valid.mat are elsewhere than in the validation list" in message
