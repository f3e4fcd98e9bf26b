"""Scores worked out by hand: maps of an input judged in the pixels of the picture."""

from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.crops import joints_in
from gradsplit.tasksets.human.records import ParsingRecords, PoseRecords, ReidRecords
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.human.scores import find_again, parsing_score, pose_score
from gradsplit.tasksets.parts.metrics.heat_maps import heat_maps


def halves(folder, sizes):
    """Pictures whose left half is class 1 and right half class 2; the last row does not count."""
    images, labels = [], []
    for number, (height, width) in enumerate(sizes):
        classes = np.full((height, width), 2, np.uint8)
        classes[:, : width // 2] = 1
        classes[-1] = 255
        images.append(folder / f"{number}.png")
        labels.append(folder / f"{number}_labels.png")
        Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(images[-1])
        Image.fromarray(classes).save(labels[-1])
    return ParsingRecords(tuple(images), tuple(labels), ("none", "left", "right"), np.arange(3))


def split_at(column, size):
    maps = torch.zeros(3, *size)
    maps[1, :, :column] = 1
    maps[2, :, column:] = 1
    return maps


def test_parts_are_judged_at_the_pixels_of_the_picture(tmp_path):
    records = halves(tmp_path, [(40, 20), (80, 50), (33, 10)])
    samples = Samples(records, (64, 64))
    exact = lambda inputs: split_at(32, (64, 64)).expand(len(inputs), -1, -1, -1)  # noqa: E731
    assert parsing_score(samples, exact, workers=0) == 1
    # A map of a quarter of the input says the same.
    coarse = lambda inputs: split_at(4, (8, 8)).expand(len(inputs), -1, -1, -1)  # noqa: E731
    assert parsing_score(samples, coarse, workers=0) == 1
    # 20 columns over 32 of the 64: one input column is 0.625 of a picture's, and takes one with it.
    one = Samples(halves(tmp_path, [(40, 20)]), (64, 64))
    late = lambda inputs: split_at(33, (64, 64)).expand(len(inputs), -1, -1, -1)  # noqa: E731
    assert parsing_score(one, late, workers=0) == pytest.approx((10 / 11 + 9 / 10) / 2)


def people(folder, count):
    Image.fromarray(np.zeros((300, 400, 3), np.uint8)).save(folder / "scene.png")
    rng = np.random.default_rng(0)
    return PoseRecords(
        images=(folder / "scene.png",) * count,
        centers=np.tile(np.float32([200, 140]), (count, 1)),
        scales=np.full(count, 0.5, np.float32),
        joints=(np.array([180, 120]) + rng.uniform(0, 40, (count, 2, 2))).astype(np.float32),
        labelled=np.ones((count, 2), bool),
        heads=np.where(np.arange(count) < count - 5, 10, np.nan).astype(np.float32),
        names=("neck", "head top"),
        mirrored=np.arange(2),
    )


@pytest.mark.parametrize(("off", "right"), [(0.0, 1.0), (4.0, 1.0), (6.5, 0.5), (200.0, 0.5)])
def test_joints_are_judged_in_pixels_of_the_photograph(tmp_path, off, right):
    records = people(tmp_path, 70)
    size = (256, 192)

    left = iter(records.joints)

    def predict(inputs):
        wanted = np.stack(list(islice(left, len(inputs))))
        wanted[:, 0, 0] += off
        views = [augment.pose(records.centers[one], 0.5, size, None) for one in range(len(inputs))]
        joints = [joints_in(view.place, at) for view, at in zip(views, wanted, strict=True)]
        return heat_maps(torch.from_numpy(np.stack(joints)), (256, 192), size=size, spread=2)

    # Half a head is 5 pixels of the photograph, whatever the input's scale.
    found = pose_score(Samples(records, size), predict, workers=0)
    assert found.mean == right
    assert found.by_joint[1] == 1


def test_junk_does_not_count_and_distractors_are_wrong(tmp_path):
    Image.fromarray(np.zeros((8, 4, 3), np.uint8)).save(tmp_path / "a.png")

    def shots(identities, cameras):
        count = len(identities)
        return ReidRecords((tmp_path / "a.png",) * count, np.array(identities), np.array(cameras))

    query = Samples(shots([7], [1]), (32, 32))
    # By likeness: junk, a distractor, the same camera, then the right one.
    gallery = Samples(shots([-1, 0, 7, 7], [2, 2, 1, 2]), (32, 32))
    vectors = iter(
        [torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.8, 0.2], [0.5, 0.5]])]
    )
    found = find_again(query, gallery, lambda inputs: next(vectors), workers=0)
    assert found.mean_average_precision == 0.5
    assert found.rank(1) == 0
    assert found.rank(2) == 1
