import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.samples import Samples
from tests.gradsplit.tasksets.human.human_examples import PART_SWAP, records_of

SIZE = (48, 32)
MIDDLE = np.arange(12)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return records_of(tmp_path_factory.mktemp("people"))


def picture(records, one):
    return np.asarray(Image.open(records.images[one]))


class Fixed:
    """Stands in for a generator whose every draw is known."""

    def __init__(self, *, uniform=0.9):
        self.uniform_value = uniform

    def random(self):
        return self.uniform_value

    def integers(self, low, high, count):
        return np.zeros(count, int)

    def uniform(self, low, high):
        return 1.0

    def standard_normal(self):
        return 0.0


def test_unchanged_pictures_are_those_on_disk(records):
    for task in ("attribute", "reid", "parsing"):
        pixels, _ = Samples(records[task], SIZE).batch(MIDDLE)
        assert (pixels.dtype, pixels.shape) == (torch.uint8, (12, 3, *SIZE))
        for one in (0, 5):
            assert np.array_equal(pixels[one].permute(1, 2, 0), picture(records[task], one))


def test_targets_are_the_records(records):
    chosen = np.array([3, 0, 3])
    _, attributes = Samples(records["attribute"], SIZE).batch(chosen)
    assert attributes.dtype == torch.float32
    assert np.array_equal(attributes, records["attribute"].attributes[chosen])
    _, identities = Samples(records["reid"], SIZE).batch(chosen)
    assert identities.tolist() == records["reid"].identities[chosen].tolist()
    _, classes = Samples(records["parsing"], SIZE).batch(chosen)
    labels = np.asarray(Image.open(records["parsing"].labels[3]))
    assert classes.dtype == torch.uint8
    assert np.array_equal(classes[0], labels)


def test_mirrored_parts_are_those_of_the_mirrored_picture(records):
    pixels, classes = Samples(records["parsing"], SIZE).batch(MIDDLE, Fixed(uniform=0.1))
    labels = np.asarray(Image.open(records["parsing"].labels[4]))
    assert np.array_equal(pixels[4].permute(1, 2, 0), picture(records["parsing"], 4)[:, ::-1])
    assert np.array_equal(classes[4], PART_SWAP[labels[:, ::-1]])


def test_pixels_beside_the_picture_are_black_and_have_no_label(records):
    samples = Samples(records["parsing"], (48, 48))
    pixels, classes = samples.batch(np.array([0]))
    assert (classes[0, :, :8] == 255).all()
    assert (classes[0, :, -8:] == 255).all()
    assert (pixels[0, :, :, :8] == 0).all()
    assert (classes[0, :, 8:-8] < 20).all()


def test_mirrored_joints_lie_on_the_same_spots_under_the_other_side_s_name(records):
    samples = Samples(records["pose"], (64, 48))
    straight, (joints, weights) = samples.batch(MIDDLE)
    # A mirror, nothing else: 0.3 mirrors and turns, but by the 0 degrees that were drawn.
    flipped, (other, seen) = samples.batch(MIDDLE, Fixed(uniform=0.3))
    assert (straight.flip(3).int() - flipped.int()).abs().max() <= 1
    swapped = records["pose"].mirrored
    assert torch.allclose(other[:, swapped, 0], 47 - joints[..., 0], atol=1e-3)
    assert torch.allclose(other[:, swapped, 1], joints[..., 1], atol=1e-3)
    assert torch.equal(seen[:, swapped], weights)
    assert {records["pose"].names[one] for one in np.flatnonzero(swapped == np.arange(16))} == {
        "pelvis",
        "thorax",
        "neck",
        "head top",
    }


def test_joints_follow_the_person_through_every_change(records):
    """Dots painted on the joints of a blank picture are found where the target says."""
    folder = records["pose"].images[0].parent / "dots"
    folder.mkdir(exist_ok=True)
    joints = np.array([[[60, 40], [80, 110], [40, 90]]], np.float32)
    pixels = np.zeros((150, 120, 3), np.uint8)
    for channel, (x, y) in enumerate(joints[0].astype(int)):
        pixels[y - 2 : y + 3, x - 2 : x + 3, channel] = 255
    Image.fromarray(pixels).save(folder / "dots.png")
    one = type(records["pose"])(
        images=(folder / "dots.png",),
        centers=np.float32([[60, 70]]),
        scales=np.float32([0.5]),
        joints=joints,
        labelled=np.ones((1, 3), bool),
        heads=np.float32([9]),
        names=("a", "b", "c"),
        mirrored=np.arange(3),
    )
    rows, columns = np.indices((96, 64))
    for seed in range(12):
        image, (places, seen) = Samples(one, (96, 64)).batch(
            np.array([0]), np.random.default_rng(seed)
        )
        for channel in range(3):
            bright = image[0, channel].double().numpy()
            # Dots at the border are cut; their middle is elsewhere.
            place = places[0, channel].numpy()
            if not (4 < place[0] < 59 and 4 < place[1] < 91):
                continue
            assert seen[0, channel] == 1
            middle = [(at * bright).sum() / bright.sum() for at in (columns, rows)]
            assert np.abs(place - middle).max() < 0.3


def test_joints_that_are_not_labelled_do_not_count(records):
    pose = records["pose"]
    labelled = np.random.default_rng(0).random(pose.labelled.shape) < 0.5
    joints = np.where(labelled[..., None], pose.joints, np.nan)
    partly = replace(pose, labelled=labelled, joints=joints)
    _, (places, weights) = Samples(partly, SIZE).batch(MIDDLE, Fixed(uniform=0.3))
    assert np.array_equal(weights, labelled[:, pose.mirrored])
    assert torch.equal(places.isnan().any(dim=2), weights == 0)


def test_a_person_is_moved_within_the_padding():
    size, seen = (256, 128), set()
    for seed in range(200):
        view = augment.person((128, 64), size, np.random.default_rng(seed))
        assert np.allclose(np.abs(np.diag(view.place)), 2)
        right, down = view.place[:, 2]
        right = 128 - right if view.mirrored else right
        assert abs(right) <= 10
        assert abs(down) <= 10
        seen.add((view.mirrored, float(right)))
    assert len(seen) > 35


def test_a_pose_is_cut_out_so_that_the_person_fits():
    # Height 200: with a quarter around it 250, into 256 x 192 that is 256 pixels.
    view = augment.pose(np.array([100.0, 100.0]), 1.0, (256, 192), None)
    assert np.isclose(view.place[0, 0], 256 / 250)
    # Into a narrow input it is three quarters of 250 that must fit into the width.
    narrow = augment.pose(np.array([100.0, 100.0]), 1.0, (256, 128), None)
    assert np.isclose(narrow.place[0, 0], 128 / (0.75 * 250))
    zooms, turned, mirrors = [], 0, 0
    for seed in range(300):
        view = augment.pose(np.zeros(2), 1.0, (256, 192), np.random.default_rng(seed))
        zooms.append(np.sqrt(abs(np.linalg.det(view.place[:, :2]))) / (256 / 250))
        turned += bool(abs(view.place[0, 1]) > 1e-9)
        mirrors += view.mirrored
    assert 1 / 1.25 - 1e-6 <= min(zooms) < 0.85
    assert 1.2 < max(zooms) <= 1 / 0.75 + 1e-6
    assert 130 < turned < 230
    assert 110 < mirrors < 190


def test_erasing_takes_a_rectangle_of_the_stated_sizes():
    pixels = np.full((256, 128, 3), 7, np.uint8)
    shares, ratios = [], []
    for seed in range(300):
        gone = (augment.erased(pixels, np.random.default_rng(seed)) != 7).all(axis=2)
        if not gone.any():
            continue
        rows, columns = np.flatnonzero(gone.any(axis=1)), np.flatnonzero(gone.any(axis=0))
        high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert gone.sum() == high * wide
        shares.append(gone.mean())
        ratios.append(high / wide)
    assert 110 < len(shares) < 190
    assert 0.015 < min(shares) < 0.08
    assert 0.3 < max(shares) < 0.41
    assert min(ratios) < 0.4
    assert max(ratios) > 2.5
    assert (pixels == 7).all()


def test_the_same_generator_changes_pictures_alike(records):
    for task, of in records.items():
        samples = pickle.loads(pickle.dumps(Samples(of, SIZE)))
        one, same, other = (
            samples.batch(MIDDLE, np.random.default_rng(seed))[0] for seed in (0, 0, 1)
        )
        assert torch.equal(one, same), task
        assert not torch.equal(one, other)


@pytest.mark.parametrize(
    ("shape", "highest", "said"),
    [((48, 33), 3, "is 33 x 48 pixels, its picture 32 x 48"), ((48, 32), 99, "got up to 99")],
)
def test_labels_that_do_not_fit_are_named(records, tmp_path, shape, highest, said):
    of = records["parsing"]
    wrong = np.full(shape, highest, np.uint8)
    wrong[0] = 255
    Image.fromarray(wrong).save(tmp_path / "wrong.png")
    bad = replace(of, labels=(tmp_path / "wrong.png", *of.labels[1:]))
    with pytest.raises(TaskSetError, match=rf"wrong\.png` .*{said}"):
        Samples(bad, SIZE).batch(np.array([1, 0]))


def test_a_damaged_picture_is_named(records, tmp_path):
    for task, of in records.items():
        content = of.images[0].read_bytes()
        (tmp_path / "half.png").write_bytes(content[: len(content) // 2])
        images = (tmp_path / "half.png", *of.images[1:])
        damaged = replace(of, images=images)
        with pytest.raises(TaskSetError, match=r"half\.png` cannot be read"):
            Samples(damaged, SIZE).batch(np.array([1, 0]))
        assert task
