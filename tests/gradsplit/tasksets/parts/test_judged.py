"""Judged and side scores against plain programs of the published rules, written here."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.figures.drawing import JOINTS
from gradsplit.tasksets.parts.judged import (
    attributes_judged,
    key_points_judged,
    parts_judged,
    retrieval_judged,
)
from gradsplit.tasksets.parts.metrics import KeyPoints, label_counts, pck, retrieval

SEEDS = st.integers(0, 10_000)
EXACT = {"rel": 1e-12, "abs": 1e-12, "nan_ok": True}
BOTH = ("mean without pelvis and thorax", "mean with pelvis and thorax")


def plain_pckh(guess, truth, labelled, heads, threshold=0.5):
    """As the evaluation of MPII in the literature: by joint, then a mean weighed by counts in which
    joints 6 and 7 of 16 are masked. Per cent become fractions."""
    joints = truth.shape[1]
    right, count = [0] * joints, [0] * joints
    for image, head in enumerate(heads):
        for joint in range(joints):
            if labelled[image][joint] and not math.isnan(head):
                off = math.dist(guess[image][joint], truth[image][joint]) / head
                count[joint] += 1
                right[joint] += off <= threshold
    by_joint = [r / c if c else math.nan for r, c in zip(right, count, strict=True)]
    kept = [joint for joint in range(joints) if joint not in (6, 7) and count[joint]]
    total = sum(count[joint] for joint in kept)
    return by_joint, sum(by_joint[joint] * count[joint] / total for joint in kept)


@given(SEEDS, st.integers(1, 8))
@settings(deadline=None)
def test_pckh_is_that_of_the_literature(seed, images):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 50, (images, 16, 2))
    guess = truth + rng.normal(0, 6, truth.shape)
    guess[rng.random((images, 16)) < 0.1] = 0
    heads = rng.uniform(5, 20, images)
    heads[rng.random(images) < 0.2] = math.nan
    labelled = rng.random((images, 16)) < 0.6
    labelled[:, rng.integers(16)] = False  # a joint that nobody has
    labelled[0, 15], heads[0] = True, 10.0
    judged = key_points_judged(pck(guess, truth, labelled, heads), JOINTS)
    by_joint, mean = plain_pckh(guess, truth, labelled, heads)
    assert judged == pytest.approx(mean, **EXACT)
    assert list(judged.side) == [*JOINTS, *BOTH]
    assert [judged.side[name] for name in JOINTS] == pytest.approx(by_joint, **EXACT)
    assert judged.side[BOTH[0]] == judged


def test_pelvis_and_thorax_are_joints_6_and_7_and_count_in_the_other_mean_alone():
    assert [JOINTS.index(name) for name in ("pelvis", "thorax")] == [6, 7]
    found = np.zeros(16, int)
    found[[6, 7]] = 10
    judged = key_points_judged(KeyPoints(found, np.full(16, 10)), JOINTS)
    assert judged == 0
    assert judged.side[BOTH[1]] == 20 / 160
    assert judged.side["pelvis"] == judged.side["thorax"] == 1


def test_without_the_two_there_is_one_mean():
    judged = key_points_judged(KeyPoints(np.array([1, 2]), np.array([2, 2])), ["neck", "head top"])
    assert judged == 0.75 and judged.side == {"neck": 0.5, "head top": 1.0}


def test_where_only_the_two_are_labelled_nothing_can_be_judged():
    counts = np.zeros(16, int)
    counts[6] = 3
    with pytest.raises(GradSplitError, match="besides pelvis and thorax"):
        key_points_judged(KeyPoints(np.zeros(16, int), counts), JOINTS)


def plain_ranks(distances, query, gallery, query_cameras, gallery_cameras):
    """By the protocol of Market-1501: leave junk and the own camera out, look at the first k."""
    best = []
    for q, who in enumerate(query):
        seen = [
            gallery[g] == who
            for g in sorted(range(len(gallery)), key=lambda g: (distances[q][g], g))
            if gallery[g] >= 0
            and not (gallery[g] == who and gallery_cameras[g] == query_cameras[q])
        ]
        if True in seen:
            best.append(seen.index(True))
    return {f"rank-{k}": sum(place < k for place in best) / len(best) for k in (1, 5, 10)}


@given(SEEDS, st.integers(1, 6), st.integers(2, 30), st.booleans())
@settings(deadline=None)
def test_ranks_are_those_of_the_protocol(seed, queries, gallery, ties):
    rng = np.random.default_rng(seed)
    distances = rng.random((queries, gallery)).round(1 if ties else 9)
    who, found = rng.integers(1, 5, queries), rng.integers(-1, 5, gallery)
    cameras = rng.integers(0, 3, queries), rng.integers(0, 3, gallery)
    found[0], cameras[1][0] = who[0], cameras[0][0] + 1
    ranked = retrieval(distances, who, found, query_cameras=cameras[0], gallery_cameras=cameras[1])
    judged = retrieval_judged(ranked)
    assert judged == ranked.mean_average_precision
    assert judged.side == pytest.approx(plain_ranks(distances, who, found, *cameras), **EXACT)


def plain_iou(guess, truth, classes):
    """By class over all pixels that count; a class in neither has none."""
    pairs = [(g, t) for g, t in zip(guess.ravel(), truth.ravel(), strict=True) if t != 255]
    found = []
    for label in range(classes):
        both = sum(g == t == label for g, t in pairs)
        either = sum(label in pair for pair in pairs)
        found.append(both / either if either else math.nan)
    return found


@given(SEEDS, st.integers(1, 3))
@settings(deadline=None)
def test_parts_are_judged_by_class(seed, pictures):
    rng = np.random.default_rng(seed)
    truth, guess = rng.integers(0, 4, (2, pictures, 4, 5)).astype(np.uint8)
    guess[rng.random(guess.shape) < 0.1] = 4  # never in the truth
    truth[rng.random(truth.shape) < 0.2] = 255
    truth[0, 0, 0] = 1
    names = ("background", "hat", "face", "arm", "never", "nowhere")
    judged = parts_judged(label_counts(guess, truth, 6, ignore=255), names)
    wanted = plain_iou(guess, truth, 6)
    assert [judged.side[name] for name in names] == pytest.approx(wanted, **EXACT)
    known = [value for value in wanted if not math.isnan(value)]
    assert judged == pytest.approx(sum(known) / len(known), **EXACT)
    counted = truth != 255
    assert judged.side["pixel accuracy"] == pytest.approx((guess == truth)[counted].mean(), **EXACT)
    shares = [(guess == truth)[truth == one].mean() for one in np.unique(truth[counted])]
    assert judged.side["mean class accuracy"] == pytest.approx(sum(shares) / len(shares), **EXACT)


@given(SEEDS, st.integers(2, 20))
@settings(deadline=None)
def test_attributes_are_judged_one_by_one(seed, people):
    rng = np.random.default_rng(seed)
    truth, guess = rng.random((2, people, 5)) < 0.4
    truth[:, 0], truth[0, 1], truth[1, 1] = False, True, False  # nobody has the first
    names = ("nobody", "hat", "bag", "coat", "hat")
    judged = attributes_judged(guess, truth, names)
    wanted = []
    for column in range(5):
        has = [bool(g) for g, t in zip(guess[:, column], truth[:, column], strict=True) if t]
        lacks = [not g for g, t in zip(guess[:, column], truth[:, column], strict=True) if not t]
        both = has and lacks
        wanted.append((sum(has) / len(has) + sum(lacks) / len(lacks)) / 2 if both else math.nan)
    assert list(judged.side) == ["nobody", "hat", "bag", "coat", "hat #2"]
    assert list(judged.side.values()) == pytest.approx(wanted, **EXACT)
    assert judged == pytest.approx(np.nanmean(wanted), **EXACT)
