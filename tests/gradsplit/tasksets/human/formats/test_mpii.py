"""MPII: its own file with all its gaps, and what is refused."""

import numpy as np
import pytest
from scipy.io import savemat

from gradsplit.tasksets.figures.drawing import JOINTS
from gradsplit.tasksets.human.export.mat import NOTHING, cells, struct
from gradsplit.tasksets.human.formats import mpii
from tests.gradsplit.tasksets.human.mpii_by_hand import BOX, BY_HAND, HEAD, refused


def point(joint, x, y, **more):
    return {"x": x, "y": y, "id": joint, **more}


def all_points():
    """As in the real file: neck and top of the head have no visibility, others a text."""
    return struct(
        *(
            point(joint, x, y, is_visible=NOTHING if joint in (8, 9) else str(joint % 2))
            for joint, (x, y) in enumerate(BY_HAND)
        )
    )


def person(points=None, **changes):
    rect = {
        **BOX,
        "annopoints": struct({"point": all_points() if points is None else points}),
        "scale": 1.3125,
        "objpos": struct({"x": 134, "y": 177}),
    }
    return rect | changes


def picture(name, rects, video=1):
    return {
        "image": struct({"name": name}),
        "annorect": struct(*rects) if rects else NOTHING,
        "vididx": NOTHING if video is None else video,
    }


def release(pictures, alone, in_training=None):
    count = len(pictures)
    flags = np.array([[1] * count if in_training is None else in_training], np.uint8)
    ones = [np.array([[one] for one in who], np.uint8) if who else NOTHING for who in alone]
    return struct(
        {
            "annolist": struct(*pictures),
            "img_train": flags,
            "version": "12",
            "single_person": cells(ones, column=True),
        }
    )


def folder_of(base, content, names):
    (base / "images").mkdir(parents=True)
    for name in names:
        (base / "images" / name).touch()
    savemat(base / "mpii_human_pose_v1_u12_1.mat", {"RELEASE": content}, oned_as="row")
    return base


def judged(name="judged.jpg"):
    """A picture of a video that is judged on."""
    return picture(name, [person()], video=20)


def test_a_person(tmp_path):
    content = release([picture("whole.jpg", [person()]), judged()], [[1], [1]])
    train = mpii.read(folder_of(tmp_path, content, ["whole.jpg", "judged.jpg"])).train
    assert train.images == (tmp_path / "images" / "whole.jpg",)
    assert np.allclose(train.joints[0], np.array(BY_HAND) - 1, atol=1e-4)
    assert train.labelled.all()
    assert train.centers.tolist() == [[133, 176]]
    assert train.scales[0] == pytest.approx(1.3125)
    assert train.heads[0] == pytest.approx(HEAD)
    assert train.names == JOINTS
    moved = {train.names[i]: train.names[j] for i, j in enumerate(train.mirrored) if i != j}
    assert moved["right wrist"] == "left wrist"
    assert len(moved) == 12


def test_gaps_of_the_real_file(tmp_path):
    """Nobody, no joints, no place, one joint, no visibility field, no video, beyond training."""
    lone = struct(point(9, 10, 20))
    wide = [person(annopoints=NOTHING), person(objpos=NOTHING), person(scale=NOTHING)]
    pictures = [
        picture("several.jpg", [person(), *wide, person(points=lone)]),
        picture("nobody.jpg", []),
        picture("no joints at all.jpg", [{"scale": 2.0, "objpos": struct({"x": 1, "y": 2})}]),
        picture("no video.jpg", [person()], video=None),
        picture("empty point.jpg", [person(points=struct(point(3, NOTHING, 5), point(4, 6, 7)))]),
        judged(),
        picture("not published.jpg", [{"scale": 2.0, "objpos": struct({"x": 1, "y": 2})}]),
    ]
    alone = [[1, 2], [], [1], [1], [1], [1], [1]]
    content = release(pictures, alone, [1, 1, 1, 1, 1, 1, 0])
    names = ["several.jpg", "no video.jpg", "empty point.jpg", "judged.jpg"]
    parts = mpii.read(folder_of(tmp_path, content, names))
    # Pictures that nobody is labelled in need not be there.
    assert [path.name for path in parts.train.images] == [
        "several.jpg",
        "several.jpg",
        "no video.jpg",
        "empty point.jpg",
    ]
    assert parts.train.labelled.sum(axis=1).tolist() == [16, 1, 16, 1]
    assert parts.train.joints[1, 9].tolist() == [9, 19]
    assert parts.train.joints[3, 4].tolist() == [5, 6]
    assert np.isfinite(parts.train.joints).all()


def test_judged_are_people_alone_with_heads_in_every_tenth_video(tmp_path):
    headless = {name: value for name, value in person().items() if name not in BOX}
    pictures = [
        picture("train.jpg", [person(), person()], video=11),
        picture("two.jpg", [person(), person(scale=1.5)], video=10),
        picture("no head.jpg", [headless], video=30),
        judged(),
    ]
    content = release(pictures, [[1], [2], [1], [1]])
    names = ["train.jpg", "two.jpg", "judged.jpg"]
    parts = mpii.read(folder_of(tmp_path, content, names))
    # All people are trained with; those who stand in a group are not judged on.
    assert [path.name for path in parts.train.images] == ["train.jpg", "train.jpg"]
    assert [path.name for path in parts.test.images] == ["two.jpg", "judged.jpg"]
    assert parts.test.scales[0] == 1.5


def test_nothing_there(tmp_path):
    message = refused(tmp_path)
    assert "there is no folder images/ with pictures." in message
    assert "there are neither annot/train.json and annot/valid.json nor the .mat file." in message


def test_absent_pictures_strange_joints_and_missing_fields(tmp_path):
    rows = [picture(f"{one}.jpg", [person()]) for one in range(5)]
    content = release([*rows, judged()], [[1]] * 6)
    message = refused(folder_of(tmp_path / "absent", content, ["0.jpg", "judged.jpg"]))
    assert "4 labelled pictures are not in images/, e.g. 1.jpg, 2.jpg, 3.jpg and 1 more" in message
    strange = picture("0.jpg", [person(points=struct(point(16, 1, 1), point(0, 1, 1)))])
    content = release([strange, judged()], [[1], [1]])
    message = refused(folder_of(tmp_path / "strange", content, ["0.jpg", "judged.jpg"]))
    assert "joints must be numbered 0 to 15, got 16." in message
    message = refused(folder_of(tmp_path / "bare", struct({"annolist": 3}), ["0.jpg"]))
    assert "RELEASE of mpii_human_pose_v1_u12_1.mat lacks img_train, single_person." in message
    content = release([judged(), judged()], [[1]])
    message = refused(folder_of(tmp_path / "uneven", content, ["judged.jpg"]))
    assert "got 2 of annolist, 2 of img_train, 1 of single_person" in message


def test_nobody_to_train_with_or_to_judge(tmp_path):
    message = refused(folder_of(tmp_path, release([picture("0.jpg", [])], [[]]), ["0.jpg"]))
    assert "has nobody with joints, place and scale to train with." in message
    assert "has nobody with joints, place and scale to be judged on" in message


def test_a_damaged_file(tmp_path):
    base = folder_of(tmp_path, release([judged()], [[1]]), ["judged.jpg"])
    (base / "mpii_human_pose_v1_u12_1.mat").write_bytes(b"<html>not found</html>")
    assert "cannot be read as a MATLAB file" in refused(base)
