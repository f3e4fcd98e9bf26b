from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.tasksets.figures.drawing import (
    ATTRIBUTES,
    JOINTS,
    PARTS,
    Conditions,
    draw_cameras,
    draw_people,
    photograph,
)
from gradsplit.tasksets.figures.drawing.poses import PLACE, SIZES, draw_poses, place_points
from gradsplit.tasksets.figures.drawing.segments import Segment, part_labels, visible_joints


def take(count=24, *, seed=0, height=64, width=32, people=None, conditions=None):
    cameras = draw_cameras(3, seed, height=height, width=width, conditions=conditions)
    people = draw_people(count, seed) if people is None else people
    which = np.arange(count) % 3
    return photograph(people, cameras, which, seed=seed, height=height, width=width)


def share(taken, *parts):
    return np.isin(taken.parts, [PARTS.index(part) for part in parts]).mean(axis=(1, 2))


def test_a_seed_decides_everything():
    first, again, other = take(), take(), take(seed=1)
    for item in fields(first):
        np.testing.assert_array_equal(getattr(first, item.name), getattr(again, item.name))
    assert (first.images != other.images).mean() > 0.9


def test_a_picture_does_not_depend_on_how_many_come_after_its_chunk():
    people = draw_people(300, 0)
    cameras = draw_cameras(3, 0, height=64, width=32)
    which = np.arange(300) % 3
    part = photograph(people[:256], cameras, which[:256], seed=0)
    whole = photograph(people, cameras, which, seed=0)
    np.testing.assert_array_equal(part.images, whole.images[:256])


@given(st.integers(16, 150), st.integers(8, 90))
@settings(deadline=None, max_examples=8)
def test_any_size(height, width):
    taken = take(6, height=height, width=width)
    assert taken.images.shape == (6, height, width, 3)
    assert taken.parts.shape == (6, height, width)
    assert np.isfinite(taken.joints).all()


def test_labels_are_within_their_tables_and_all_parts_occur():
    taken = take(200)
    assert set(np.unique(taken.parts)) == set(range(len(PARTS)))
    assert taken.joints.shape == (200, len(JOINTS), 2)
    assert (taken.head > 4).all()


def test_a_picture_twice_as_large_shows_the_same_scene():
    people = draw_people(16, 3)
    small = take(16, seed=3, people=people)
    large = take(16, seed=3, height=128, width=64, people=people)
    np.testing.assert_allclose(large.joints, 2 * small.joints, atol=1e-3)
    assert (large.parts[:, 1::2, 1::2] == small.parts).mean() > 0.93


def test_joints_that_are_seen_lie_on_the_person():
    taken = take(200)
    image, joint = np.nonzero(taken.visible)
    x, y = np.floor(taken.joints[image, joint]).astype(int).T
    assert (taken.parts[image, y, x] != 0).all()
    assert 0.7 < taken.visible.mean() < 0.98


def test_without_occluders_hardly_anything_hides_the_head():
    calm = replace(Conditions(), occluders=0.0)
    taken = take(200, conditions=calm)
    assert taken.visible[:, JOINTS.index("head top")].mean() > 0.9


@pytest.mark.parametrize(
    ("attribute", "parts"),
    [("hat", ["hat"]), ("skirt", ["skirt"]), ("long trousers", ["right leg", "left leg"])],
)
def test_attributes_say_what_is_seen(attribute, parts):
    people = draw_people(300, 5)
    taken = take(300, seed=5, people=people, conditions=replace(Conditions(), occluders=0.0))
    true = people.attributes()[:, ATTRIBUTES.index(attribute)]
    there = share(taken, *parts) > 0
    if attribute == "long trousers":
        there = ~there
    assert (there == true).mean() > 0.97


def test_long_sleeves_leave_less_arm_to_be_seen():
    people = draw_people(300, 6)
    taken = take(300, seed=6, people=people)
    arms = share(taken, "right arm", "left arm")
    assert arms[people.long_sleeves].mean() < 0.4 * arms[~people.long_sleeves].mean()


def test_colours_follow_their_names():
    people = draw_people(400, 0)
    upper = people.attributes()[:, [ATTRIBUTES.index(f"upper {c}") for c in ("black", "white")]]
    assert people.upper[upper[:, 0]].max() < 0.35
    assert people.upper[upper[:, 1]].min() > 0.6
    assert (people.attributes()[:, -14:-6].sum(axis=1) == 1).all()
    assert (people.attributes()[:, -6:].sum(axis=1) == 1).all()


def test_limbs_keep_their_lengths_in_every_pose():
    people = draw_people(50, 0)
    points = place_points(people, draw_poses(50, np.random.default_rng(0)))

    def length(one, other):
        return np.linalg.norm(points[:, PLACE[one]] - points[:, PLACE[other]], axis=1)

    for side in ("right", "left"):
        for one, other, name in (("shoulder", "elbow", "upper arm"), ("elbow", "wrist", "forearm")):
            found = length(f"{side} {one}", f"{side} {other}")
            np.testing.assert_allclose(found, SIZES[name] * people.height, rtol=1e-4)
        thigh = SIZES["thigh"] * people.height * people.legs
        np.testing.assert_allclose(length(f"{side} hip", f"{side} knee"), thigh, rtol=1e-4)


def test_facing_the_camera_the_left_hand_is_on_the_right_of_the_picture():
    people = draw_people(20, 0)
    poses = draw_poses(20, np.random.default_rng(0))
    x = [PLACE["left shoulder"], PLACE["right shoulder"]]
    front = replace(poses, yaw=np.zeros(20, np.float32))
    back = replace(poses, yaw=np.full(20, np.pi, np.float32))
    left, right = place_points(people, front)[:, x, 0].T
    assert (left > right).all()
    left, right = place_points(people, back)[:, x, 0].T
    assert (left < right).all()


def test_a_joint_behind_another_limb_or_outside_is_not_seen():
    segments = np.full((1, 4, 4), Segment.TORSO, np.uint8)
    segments[0, 0, 0] = Segment.LEFT_FOREARM
    joints = np.full((1, len(JOINTS), 2), 0.5, np.float32)
    seen = visible_joints(segments, joints)[0]
    assert {JOINTS[i] for i in np.flatnonzero(seen)} == {"left wrist", "left elbow"}
    assert not visible_joints(segments, joints - 1).any()


def test_parts_of_segments():
    names = {Segment.LEFT_SLEEVE: "upper clothes", Segment.RIGHT_FOREARM: "right arm"}
    names |= {Segment.LEFT_SHIN: "left leg", Segment.RIGHT_SHIN_CLOTH: "lower clothes"}
    names |= {Segment.OCCLUDER: "background", Segment.LEFT_SHOE: "left shoe"}
    for segment, part in names.items():
        assert PARTS[part_labels(np.array([segment], np.uint8))[0]] == part


def test_cameras_differ_and_harder_ones_more():
    people = draw_people(1, 0)[np.zeros(12, int)]
    means = {}
    for factor in (0.0, 3.0):
        cameras = draw_cameras(12, 0, height=64, width=32, conditions=Conditions().harder(factor))
        taken = photograph(people, cameras, np.arange(12), seed=0)
        means[factor] = taken.images.mean(axis=(1, 2))
    tint = {factor: mean / mean.mean(axis=1, keepdims=True) for factor, mean in means.items()}
    assert tint[3.0].std(axis=0).mean() > 2 * tint[0.0].std(axis=0).mean()
