"""What the human task set needs of metrics, against torchmetrics, plain searches and by hand."""

import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import (
    iou_by_class,
    label_counts,
    mean_accuracy,
    mean_iou,
    pck,
    retrieval,
)
from gradsplit.tasksets.parts.metrics.heat_maps import heat_maps, joints_of, mirrored

SEEDS = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def torchmetrics():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Its own imports warn of pkg_resources on some machines.
        return pytest.importorskip("torchmetrics")


# Attributes


def test_ma_is_the_mean_of_torchmetrics_recall_and_specificity(torchmetrics):
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((2, 50, 6)) < 0.3
    guess, right = torch.from_numpy(predicted).int(), torch.from_numpy(truth).int()
    functions = torchmetrics.functional.classification
    rates = [
        function(guess, right, num_labels=6, average="macro").item()
        for function in (functions.multilabel_recall, functions.multilabel_specificity)
    ]
    assert mean_accuracy(predicted, truth) == pytest.approx(sum(rates) / 2, rel=1e-5)


# Re-identification


def market(seed, queries=6, gallery=40):
    """Identities with junk (-1) and distractors (0), before four cameras, of bad features."""
    rng = np.random.default_rng(seed)
    identities = rng.integers(1, 5, queries), rng.integers(-1, 5, gallery)
    cameras = rng.integers(0, 4, queries), rng.integers(0, 4, gallery)
    return rng.random((queries, gallery)), identities, cameras


def judge(distances, identities, cameras):
    return retrieval(
        distances,
        *identities,
        query_cameras=cameras[0],
        gallery_cameras=cameras[1],
    )


@pytest.mark.parametrize("seed", range(4))
def test_map_is_that_of_torchmetrics_once_what_does_not_count_is_gone(torchmetrics, seed):
    distances, identities, cameras = market(seed)
    functions = torchmetrics.functional.retrieval
    precisions, first, tenth = [], [], []
    for row, person, camera in zip(distances, identities[0], cameras[0], strict=True):
        counted = (identities[1] >= 0) & ~((identities[1] == person) & (cameras[1] == camera))
        right = torch.from_numpy(identities[1][counted] == person)
        nearness = torch.from_numpy(1 - row[counted])
        if right.any():
            precisions.append(functions.retrieval_average_precision(nearness, right).item())
            first.append(functions.retrieval_hit_rate(nearness, right, top_k=1).item())
            tenth.append(functions.retrieval_hit_rate(nearness, right, top_k=10).item())
    found = judge(distances, identities, cameras)
    assert found.queries == len(precisions)
    assert found.mean_average_precision == pytest.approx(np.mean(precisions), rel=1e-5)
    assert found.rank(1) == pytest.approx(np.mean(first))
    assert found.rank(10) == pytest.approx(np.mean(tenth))


def test_the_protocol_by_hand():
    # Ranked: junk, the same camera, a distractor, right, another person, right, junk, right.
    gallery = [-1, 7, 0, 7, 3, 7, -1, 7]
    found = judge([np.arange(8)], ([7], gallery), ([2], [1, 2, 2, 1, 2, 3, 2, 4]))
    # What counts: distractor, right, other, right, right.
    assert found.mean_average_precision == pytest.approx((1 / 2 + 2 / 4 + 3 / 5) / 3)
    assert [found.rank(k) for k in (1, 2, 5, 10)] == [0, 1, 1, 1]


def test_distractors_and_the_same_camera_of_others_are_wrong_when_found():
    cameras = ([1], [1, 1, 2])
    for other in (0, 3):
        found = judge([[1, 2, 3]], ([7], [other, 7, 7]), cameras)
        assert found.mean_average_precision == pytest.approx(1 / 2)
        assert found.rank(1) == 0


@pytest.mark.parametrize("junk", [-1, -2])
def test_all_numbers_below_nought_are_junk(junk):
    found = judge([[1, 2]], ([7], [junk, 7]), ([1], [2, 2]))
    assert found.mean_average_precision == 1


def test_queries_that_no_image_can_answer_are_left_out():
    found = judge([[1, 2], [2, 1]], ([7, 8], [7, 8]), ([1, 1], [2, 1]))
    assert (found.queries, found.mean_average_precision) == (1, 1)


def test_ranks_beyond_the_gallery_and_below_one():
    found = judge([[1, 2]], ([7], [3, 7]), ([1], [2, 2]))
    assert found.rank(10) == found.rank(2) == 1
    with pytest.raises(GradSplitError, match="at least 1, got 0"):
        found.rank(0)


def test_more_queries_than_are_ranked_at_once():
    distances, identities, cameras = market(5, queries=600, gallery=30)
    whole = judge(distances, identities, cameras)
    values, ranks, queries = 0.0, np.zeros(30), 0
    for start in range(0, 600, 100):
        some = slice(start, start + 100)
        part = judge(
            distances[some], (identities[0][some], identities[1]), (cameras[0][some], cameras[1])
        )
        values += part.mean_average_precision * part.queries
        ranks += part.cmc * part.queries
        queries += part.queries
    assert whole.queries == queries
    assert whole.mean_average_precision == pytest.approx(values / queries)
    np.testing.assert_allclose(whole.cmc, ranks / queries)


@given(SEEDS)
@settings(deadline=None, max_examples=20)
def test_the_curve_never_falls_and_ends_at_one(seed):
    found = judge(*market(seed))
    assert (np.diff(found.cmc) >= 0).all()
    assert found.cmc[-1] == pytest.approx(1)


# Parsing


@pytest.mark.parametrize("ignore", [None, 255])
def test_miou_is_that_of_torchmetrics(torchmetrics, ignore):
    rng = np.random.default_rng(1)
    predicted, truth = rng.integers(0, 5, (2, 3, 8, 9))
    if ignore is not None:
        truth[:, :3] = ignore
    wanted = torchmetrics.functional.classification.multiclass_jaccard_index(
        torch.from_numpy(predicted),
        torch.from_numpy(truth),
        num_classes=5,
        ignore_index=ignore,
    )
    assert mean_iou(predicted, truth, 5, ignore=ignore) == pytest.approx(wanted.item(), rel=1e-5)


def test_ignored_pixels_by_hand():
    truth = np.array([[0, 1, 1, 255, 255]])
    # What is said of ignored pixels is no mistake, nor a sign that a class is there.
    assert mean_iou([[0, 1, 0, 1, 2]], truth, 3, ignore=255) == pytest.approx((1 / 2 + 1 / 2) / 2)
    with pytest.raises(GradSplitError, match="labels from 0 to 255"):
        mean_iou([[0, 1, 0, 1, 2]], truth, 3)


def test_counts_of_pictures_add_up_to_those_of_all_and_background_is_a_class():
    rng = np.random.default_rng(2)
    predicted, truth = rng.integers(0, 4, (2, 5, 6, 7))
    parts = sum(label_counts(p, t, 4) for p, t in zip(predicted, truth, strict=True))
    np.testing.assert_array_equal(parts, label_counts(predicted, truth, 4))
    assert np.nanmean(iou_by_class(parts)) == pytest.approx(mean_iou(predicted, truth, 4))
    assert np.isfinite(iou_by_class(parts)[0])
    np.testing.assert_array_equal(parts.sum(axis=1), np.bincount(truth.ravel()))


def test_a_picture_of_ignored_pixels_adds_nothing():
    counts = label_counts(np.zeros((2, 2)), np.full((2, 2), 255), 3, ignore=255)
    assert not counts.any()
    with pytest.raises(GradSplitError, match="count"):
        iou_by_class(counts)


# Pose


def test_images_without_a_known_head_do_not_count():
    truth = np.zeros((3, 2, 2))
    predicted = truth + np.array([[[0.0, 0.4]], [[0.0, 0.6]], [[0.0, 0.1]]])
    found = pck(predicted, truth, np.ones((3, 2)), [1.0, 1.0, np.nan])
    assert found.mean == 0.5
    np.testing.assert_array_equal(found.by_joint, [0.5, 0.5])
    without = pck(predicted[:2], truth[:2], np.ones((2, 2)), [1.0, 1.0])
    assert without.mean == found.mean
    with pytest.raises(GradSplitError, match="known size"):
        pck(predicted, truth, np.ones((3, 2)), [np.nan] * 3)


def test_joints_with_more_labels_weigh_more_in_the_mean():
    truth = np.zeros((3, 2, 2))
    predicted = truth.copy()
    predicted[:, 1] = 9
    found = pck(predicted, truth, [[1, 1], [1, 0], [1, 0]], np.ones(3))
    np.testing.assert_array_equal(found.by_joint, [1, 0])
    assert found.mean == pytest.approx(3 / 4)


# Heat maps


def test_a_map_is_the_gaussian_cell_by_cell():
    maps = heat_maps(torch.tensor([[[10.0, 3.0]]]), (4, 5), size=(16, 20), spread=1.5)
    for row in range(4):
        for column in range(5):
            # Cells of 4 pixels have their centres at 1.5, 5.5, ...
            x, y = (4 * column + 1.5 - 10) / 4, (4 * row + 1.5 - 3) / 4
            wanted = math.exp(-(x**2 + y**2) / (2 * 1.5**2))
            assert maps[0, 0, row, column].item() == pytest.approx(wanted, rel=1e-5)


def plain_joint(one, size):
    """Simple Baselines' steps in words, for one map."""
    height, width = one.shape
    row, column = divmod(int(one.argmax()), width)
    x, y = float(column), float(row)
    if 0 < column < width - 1:
        x += 0.25 * np.sign(one[row, column + 1] - one[row, column - 1])
    if 0 < row < height - 1:
        y += 0.25 * np.sign(one[row + 1, column] - one[row - 1, column])
    return [(x + 0.5) * size[1] / width - 0.5, (y + 0.5) * size[0] / height - 0.5]


@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_joints_are_found_as_in_simple_baselines(seed, height, width):
    rng = np.random.default_rng(seed)
    # Few values, so that neighbours tie.
    maps = rng.integers(0, 6, (2, 3, height, width)).astype(float)
    found = joints_of(torch.from_numpy(maps), (32, 24)).numpy()
    for image in range(2):
        for joint in range(3):
            wanted = plain_joint(maps[image, joint], (32, 24))
            np.testing.assert_allclose(found[image, joint], wanted)


@given(SEEDS)
@settings(deadline=None, max_examples=30)
def test_a_joint_comes_back_within_a_quarter_of_a_cell(seed):
    torch.manual_seed(seed)
    # Nearest to a cell that is not at the edge.
    joints = 4 + torch.rand(2, 3, 2, dtype=torch.float64) * 23
    maps = heat_maps(joints, (8, 8), size=(32, 32), spread=1.0)
    assert (joints_of(maps, (32, 32)) - joints).abs().max() <= 1 + 1e-9


@given(SEEDS)
@settings(deadline=None, max_examples=30)
def test_the_map_of_the_mirrored_input_is_the_mirrored_map(seed):
    torch.manual_seed(seed)
    size, partners = (32, 24), torch.tensor([1, 0, 2])
    joints = torch.rand(2, 3, 2, dtype=torch.float64) * 24
    across = torch.stack([size[1] - 1 - joints[..., 0], joints[..., 1]], dim=-1)[:, partners]
    maps = heat_maps(joints, (8, 6), size=size, spread=1.0)
    flipped = heat_maps(across, (8, 6), size=size, spread=1.0)
    torch.testing.assert_close(mirrored(flipped, partners), maps)
    # The quarter of a cell is mirrored too.
    found, other = joints_of(maps, size), joints_of(flipped, size)[:, partners]
    torch.testing.assert_close(size[1] - 1 - other[..., 0], found[..., 0])
    torch.testing.assert_close(other[..., 1], found[..., 1])


def test_the_mean_with_the_mirror_image_undoes_a_bias_to_one_side():
    joints = torch.tensor([[[13.5, 9.5]]])
    partners = torch.tensor([0])
    biased = heat_maps(joints + torch.tensor([2.0, 0.0]), (8, 8), size=(32, 32), spread=2.0)
    # The same bias to the right on the mirrored input is one to the left when mirrored back.
    on_mirror = heat_maps(torch.tensor([[[31 - 13.5 + 2, 9.5]]]), (8, 8), size=(32, 32), spread=2.0)
    both = biased + mirrored(on_mirror, partners)
    assert joints_of(biased, (32, 32))[0, 0, 0] > 13.5
    torch.testing.assert_close(joints_of(both, (32, 32)), joints)
