import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.metrics import retrieval


def plain(distances, query_ids, gallery_ids, query_cameras, gallery_cameras):
    """The protocol in words: drop what does not count, walk down the list."""
    precisions, first_hits = [], []
    for q in range(len(query_ids)):
        listed = []
        for g in sorted(range(len(gallery_ids)), key=lambda g: (distances[q][g], g)):
            junk = gallery_ids[g] == -1
            same = gallery_ids[g] == query_ids[q]
            if junk or (same and gallery_cameras[g] == query_cameras[q]):
                continue
            listed.append(same)
        if not any(listed):
            continue
        hits, values = 0, []
        for place, right in enumerate(listed, start=1):
            if right:
                hits += 1
                values.append(hits / place)
        precisions.append(sum(values) / len(values))
        first_hits.append(listed.index(True) + 1)
    cmc = [
        sum(first <= k for first in first_hits) / len(first_hits)
        for k in range(1, len(gallery_ids) + 1)
    ]
    return sum(precisions) / len(precisions), cmc, len(precisions)


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 15), st.booleans())
@settings(deadline=None)
def test_it_is_the_protocol(seed, queries, gallery, ties):
    rng = np.random.default_rng(seed)
    distances = rng.random((queries, gallery))
    if ties:
        distances = distances.round(1)
    query_ids, gallery_ids = rng.integers(0, 4, queries), rng.integers(-1, 4, gallery)
    cameras = rng.integers(0, 3, queries), rng.integers(0, 3, gallery)
    # At least one query can be judged.
    gallery_ids[0], cameras[1][0] = query_ids[0], cameras[0][0] + 1
    found = retrieval(
        distances, query_ids, gallery_ids, query_cameras=cameras[0], gallery_cameras=cameras[1]
    )
    average, cmc, judged = plain(distances, query_ids, gallery_ids, *cameras)
    assert found.mean_average_precision == pytest.approx(average)
    np.testing.assert_allclose(found.cmc, cmc)
    assert found.queries == judged


def test_by_hand():
    # The nearest is the same person before the same camera: it does not count, for or against.
    found = retrieval(
        [[0.1, 0.2, 0.3, 0.4, 0.5]],
        [7],
        [7, 3, 7, 3, 7],
        query_cameras=[1],
        gallery_cameras=[1, 1, 2, 2, 3],
    )
    assert found.mean_average_precision == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert (found.rank(1), found.rank(2)) == (0, 1)


def test_junk_does_not_count():
    found = retrieval([[0.1, 0.2]], [5], [-1, 5], query_cameras=[0], gallery_cameras=[1, 1])
    assert found.mean_average_precision == found.rank(1) == 1


def test_what_cannot_be_judged_is_refused():
    same = {"query_cameras": [0], "gallery_cameras": [0]}
    with pytest.raises(GradSplitError, match="another camera"):
        retrieval([[0.1]], [5], [5], **same)
    with pytest.raises(GradSplitError, match="NaN"):
        retrieval([[float("nan")]], [5], [5], query_cameras=[0], gallery_cameras=[1])
    with pytest.raises(GradSplitError, match=r"\[1, 2\]"):
        retrieval([[0.1]], [5], [5, 6], **same)
