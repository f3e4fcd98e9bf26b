"""LIP: the places where its archives put things, label pictures, joints, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.figures.drawing import JOINTS
from gradsplit.tasksets.human.formats import lip, lip_pose

SIZE = (6, 4)
FLAT = {"images": "", "maps": "", "lists": "", "joints": ""}
ARCHIVES = {
    "images": "TrainVal_images",
    "maps": "TrainVal_parsing_annotations",
    "lists": "TrainVal_images",
    "joints": "TrainVal_pose_annotations",
}
TWICE = {
    "images": "TrainVal_images/TrainVal_images",
    "maps": "TrainVal_parsing_annotations/TrainVal_parsing_annotations",
    "lists": "TrainVal_images",
    "joints": "pose_annotations",
}


def labels(*values):
    """A small label picture with the given classes in it."""
    content = np.zeros(SIZE, np.uint8)
    content.flat[: len(values)] = values
    return content


def row(name, **places):
    """A row of the joints' file; joints by name as (x, y), the others not labelled."""
    cells = [name]
    for joint in JOINTS:
        where = places.get(joint.replace(" ", "_"))
        cells += ["nan"] * 3 if where is None else [*map(str, where), "1"]
    return ",".join(cells)


def folder_of(base, places=FLAT, names=("7_1", "7_2"), content=None):
    """Training and validation alike, flat or as the archives unpack."""
    content = labels(0, 5, 19, 255) if content is None else content
    for part in ("train", "val"):
        images = base / places["images"] / f"{part}_images"
        maps = base / places["maps"] / f"{part}_segmentations"
        joints = base / places["joints"]
        for one in (images, maps, joints):
            one.mkdir(parents=True, exist_ok=True)
        for name in names:
            Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(images / f"{name}.jpg")
            Image.fromarray(content).save(maps / f"{name}.png")
        listed = "\n".join(names) + "\n"
        (base / places["lists"] / f"{part}_id.txt").write_text(listed, encoding="utf-8")
        rows = [row(f"{name}.jpg", neck=(1, 4), head_top=(4, 0)) for name in names]
        (joints / f"lip_{part}_set.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return base


@pytest.mark.parametrize("places", [FLAT, ARCHIVES, TWICE], ids=["flat", "archives", "twice"])
def test_wherever_the_archives_put_things(tmp_path, places):
    base = folder_of(tmp_path / "LIP ö", places)
    parts = lip.read(base)
    images = base / places["images"]
    assert parts.train.images == tuple(images / "train_images" / f"7_{i}.jpg" for i in (1, 2))
    assert parts.test.labels[0].name == "7_1.png"
    assert parts.train.names[0] == "background"
    assert len(parts.train.names) == 20
    assert len(lip_pose.read(base).train.images) == 2


def test_lists_from_windows_and_with_endings(tmp_path):
    base = folder_of(tmp_path)
    (base / "train_id.txt").write_bytes(b"\xef\xbb\xbf7_2.jpg\r\n7_1.jpg\r\n")
    assert [path.stem for path in lip.read(base).train.images] == ["7_2", "7_1"]


def test_a_palette_is_a_channel_too(tmp_path):
    base = folder_of(tmp_path)
    coloured = Image.fromarray(labels(13)).convert("P")
    coloured.save(base / "val_segmentations" / "7_1.png")
    assert len(lip.read(base).test.images) == 2


def refused(base, read=lip.read):
    with pytest.raises(TaskSetError) as caught:
        read(base)
    message = str(caught.value)
    assert "The folder should look like this:" in message
    assert "http://sysu-hcp.net/lip/" in message
    return message


def test_everything_is_missing(tmp_path):
    (tmp_path / "val_images").mkdir()
    (tmp_path / "TrainVal_images.zip").touch()
    message = refused(tmp_path)
    for words in (
        "there is no file train_id.txt.",
        "there is no folder train_images/.",
        "there is no folder train_segmentations/.",
        "there is no file val_id.txt.",
        "val_images/ has no pictures.",
        "there is no folder val_segmentations/.",
        "not unpacked yet: TrainVal_images.zip.",
    ):
        assert words in message
    message = refused(tmp_path, lip_pose.read)
    assert "there is no file lip_train_set.csv." in message
    assert "there is no file lip_val_set.csv." in message


def test_half_unpacked(tmp_path):
    names = [f"7_{number}" for number in range(6)]
    base = folder_of(tmp_path, names=names)
    for name in names[1:]:
        (base / "train_images" / f"{name}.jpg").unlink()
    (base / "val_segmentations" / "7_3.png").unlink()
    message = refused(base)
    assert "5 labelled pictures are not in train_images/, e.g. 7_1.jpg, 7_2.jpg" in message
    assert "1 labelled pictures are not in val_segmentations/, e.g. 7_3.png; it has 5" in message
    assert "5 labelled pictures are not in train_images/" in refused(base, lip_pose.read)


@pytest.mark.parametrize(
    ("file", "read"), [("train_id.txt", lip.read), ("lip_val_set.csv", lip_pose.read)]
)
def test_lists_in_another_encoding_are_named(tmp_path, file, read):
    """As a spreadsheet or an editor of Windows may save them."""
    base = folder_of(tmp_path)
    listed = (base / file).read_text(encoding="utf-8")
    (base / file).write_text(listed, encoding="utf-16")
    assert f"{file} is no text in UTF-8" in refused(base, read)


def test_lists_empty_or_doubled(tmp_path):
    base = folder_of(tmp_path)
    (base / "train_id.txt").write_text("", encoding="utf-8")
    (base / "val_id.txt").write_text("7_1\n7_1\n7_2\n", encoding="utf-8")
    message = refused(base)
    assert "train_id.txt is empty." in message
    assert "val_id.txt lists 1 pictures more than once." in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (labels(3, 20, 77), "must have classes 0 to 19 (or 255), got 20, 77."),
        (np.zeros((8, 4), np.uint8), "is 4 x 8 pixels, its picture 4 x 6."),
        (np.zeros((*SIZE, 3), np.uint8), "must have one channel, a class number a pixel, got mode"),
    ],
)
def test_label_pictures_that_do_not_fit(tmp_path, content, words):
    message = refused(folder_of(tmp_path, content=content))
    assert f"7_1.png {words}" in message
    # Both parts are looked into.
    assert message.count(words) == 4


def test_a_label_picture_that_cannot_be_opened(tmp_path):
    base = folder_of(tmp_path)
    (base / "train_segmentations" / "7_2.png").write_bytes(b"half")
    assert "7_2.png cannot be opened" in refused(base)


def test_only_some_label_pictures_are_opened(tmp_path, monkeypatch):
    base = folder_of(tmp_path, names=[f"7_{number}" for number in range(60)])
    opened = []
    whole = Image.open
    monkeypatch.setattr(Image, "open", lambda path: (opened.append(path), whole(path))[1])
    lip.read(base)
    assert len(opened) == 2 * 2 * 8


def test_joints_of_a_hand_made_row(tmp_path):
    base = folder_of(tmp_path)
    rows = [
        row("7_1.jpg", right_ankle=(10, 90), neck=(20, 30), head_top=(23, 26)),
        row("7_2.jpg", right_ankle=(10, 90)),
    ]
    (base / "lip_train_set.csv").write_text("\n".join(rows), encoding="utf-8")
    (base / "lip_val_set.csv").write_text(
        "\n".join([rows[0], row("7_2.jpg", neck=(1, 1), left_hip=(5, 9))]), encoding="utf-8"
    )
    parts = lip_pose.read(base)
    train = parts.train
    # The second person has one joint alone; the second of the validation no head.
    assert [path.name for path in train.images] == ["7_1.jpg"]
    assert [path.name for path in parts.test.images] == ["7_1.jpg"]
    assert np.flatnonzero(train.labelled[0]).tolist() == [0, 8, 9]
    assert train.joints[0, [0, 8, 9]].tolist() == [[10, 90], [20, 30], [23, 26]]
    assert train.joints[0, 1].tolist() == [0, 0]
    assert train.centers.tolist() == [[16.5, 58]]
    assert train.scales[0] == pytest.approx(1.25 * 64 / 200)
    assert train.heads.tolist() == [5]


def test_rows_of_joints_that_are_not_of_the_form(tmp_path):
    base = folder_of(tmp_path)
    good = row("7_1.jpg", neck=(1, 4), head_top=(4, 0))
    rows = [good, good.replace("nan", "left", 1), good + ",3", "7_2.jpg,1,2,3", "", good]
    (base / "lip_train_set.csv").write_text("\n".join(rows), encoding="utf-8")
    (base / "lip_val_set.csv").write_text(row("7_1.jpg"), encoding="utf-8")
    message = refused(base, lip_pose.read)
    assert "3 rows of lip_train_set.csv are not a name and 48 numbers (or nan)" in message
    assert "line 2, line 3, line 4" in message
    assert "lip_val_set.csv has nobody with two labelled joints." in message
