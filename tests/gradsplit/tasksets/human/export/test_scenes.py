"""Drawn people as MPII: where they stand in the scenes, and that both forms speak of the same."""

import shutil

import numpy as np
import pytest
from PIL import Image

from gradsplit.tasksets.figures.drawing import JOINTS, draw_cameras
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.human.export.scenes import scenes
from gradsplit.tasksets.human.formats import mpii, mpii_json, mpii_mat
from gradsplit.tasksets.human.records import PoseRecords

SEED, HEIGHT, PICTURES = 5, 48, 48


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """One folder; every test only reads it."""
    base = tmp_path_factory.mktemp("exported") / "mpii ä 人"
    return export_people(base, "mpii", pictures=PICTURES, height=HEIGHT, seed=SEED)


def opened(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def far(path, drawn):
    """Mean difference between a JPEG and what was drawn: small, but not zero."""
    return np.abs(opened(path).astype(float) - drawn).mean()


def test_mpii_joints_are_where_they_were_drawn(exported):
    parts = mpii.read(exported)
    drawn = list(scenes(PICTURES + 4, people=PICTURES // 2, height=HEIGHT, seed=SEED))
    for records in (parts.train, parts.test):
        for number, image in enumerate(records.images):
            scene = drawn[int(image.stem) - 1]
            seen = records.labelled[number]
            # The middle of the first pixel is 0.5 in the drawing and 0 in the records.
            apart = [
                np.abs(records.joints[number] + 0.5 - person.joints)[seen].max()
                for person in scene.people
                if (person.labelled == seen).all()
            ]
            assert min(apart) < 0.006
            assert far(image, scene.pixels) < 6
            assert records.scales[number] > 0
    assert len(parts.train.images) > PICTURES // 2
    assert len(parts.test.images) >= 2
    assert np.isfinite(parts.test.heads).all()


def test_joints_of_a_scene_lie_on_the_pasted_person():
    """Where a joint is seen, the picture is no longer the background."""
    count, height, seed = 30, 64, 2
    tall, wide = round(2 * height / 1.6), round(3 * height / 1.6)
    views = draw_cameras(24, seed, height=tall, width=wide).scenes
    hits = []
    for number, scene in enumerate(scenes(count, people=10, height=height, seed=seed)):
        background = (255 * views[number % 24].transpose(1, 2, 0)).astype(np.uint8)
        changed = (scene.pixels != background).any(axis=2)
        for person in scene.people:
            x, y = np.floor(person.joints[person.visible]).astype(int).T
            hits += changed[y, x].tolist()
            corners = np.floor(person.joints[person.labelled]).astype(int)
            assert (corners >= 0).all()
            assert (corners < changed.shape[::-1]).all()
    assert len(hits) > 200
    assert np.mean(hits) > 0.99


def test_people_alone_in_a_scene():
    several = [
        scene for scene in scenes(40, people=10, height=32, seed=1) if len(scene.people) == 2
    ]
    together = [scene for scene in several if not scene.alone()]
    assert 0 < len(together) < len(several)
    for scene in several:
        one, other = scene.people
        apart = one.right <= other.left or other.right <= one.left
        assert scene.alone() == ([0, 1] if apart else [])


def test_mpii_people_stand_somewhere_in_larger_pictures(exported):
    train = mpii.read(exported).train
    assert opened(train.images[0]).shape[:2] == pytest.approx((2 * HEIGHT, 3 * HEIGHT), abs=1)
    assert np.ptp(train.centers[:, 0]) > HEIGHT
    assert np.ptp(train.centers[:, 1]) > HEIGHT / 2
    assert train.scales.max() > 1.5 * train.scales.min()
    assert not train.labelled.all()
    for center, joints, seen in zip(train.centers, train.joints, train.labelled, strict=True):
        low, high = joints[seen].min(axis=0), joints[seen].max(axis=0)
        assert (center >= low - 1).all()
        assert (center <= high + 1).all()


def test_both_forms_of_mpii_give_the_same_people(exported, tmp_path):
    folder = exported
    images = folder / "images"
    problems: list[str] = []
    files = mpii_json.files(folder)
    converted = mpii_json.read(files, images, problems)
    own_file = folder / "mpii_human_pose_v1_u12_2" / "mpii_human_pose_v1_u12_1.mat"
    own = mpii_mat.read(own_file, images, problems)
    assert not problems
    for one, other in ((converted.train, own.train), (converted.test, own.test)):
        assert_same_people(one, other)
    # Without the conversion the same folder is read from its own file.
    shutil.copytree(folder, tmp_path / "own")
    shutil.rmtree(tmp_path / "own" / "annot")
    assert_same_people(mpii.read(tmp_path / "own").test, own.test)


def assert_same_people(one: PoseRecords, other: PoseRecords):
    assert [image.name for image in one.images] == [image.name for image in other.images]
    assert (one.labelled == other.labelled).all()
    assert np.allclose(one.joints, other.joints, atol=1e-3)
    assert np.allclose(one.centers, other.centers)
    assert np.allclose(one.scales, other.scales)
    # The JSON tells heads from neck and top of the head, the other file has a box.
    told = one.labelled[:, [JOINTS.index("neck"), JOINTS.index("head top")]].all(axis=1)
    assert told.sum() > len(told) / 2
    assert np.allclose(one.heads[told], other.heads[told], rtol=0.01)
