"""Person re-identification by the protocol of Market-1501."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError

_AT_ONCE = 256


@dataclass(frozen=True)
class Retrieval:
    """How well queries find their identity in a gallery.

    Attributes:
        mean_average_precision: mAP in 0..1.
        cmc: [G] cumulative matching curve; cmc[k - 1] is Rank-k, the share of queries with a right
            image among the first k.
        queries: Number of queries that were judged.
    """

    mean_average_precision: float
    cmc: NDArray[np.float64]
    queries: int

    def rank(self, k: int) -> float:
        """Rank-k accuracy in 0..1; beyond the gallery's size it stays what it is at its end.

        Raises:
            GradSplitError: `k` is below 1.
        """
        if k < 1:
            raise GradSplitError(f"Expected a rank of at least 1, got {k}.")
        return float(self.cmc[min(k, len(self.cmc)) - 1])


def retrieval(
    distances: ArrayLike,
    query_ids: ArrayLike,
    gallery_ids: ArrayLike,
    *,
    query_cameras: ArrayLike,
    gallery_cameras: ArrayLike,
) -> Retrieval:
    """Rank the gallery for each query; images of the query's identity and camera do not count.

    Args:
        distances: [Q, G], smaller is more alike; ties in the order of the gallery.
        query_ids: [Q].
        gallery_ids: [G]; below 0 marks junk, images that do not count either. An identity that no
            query has is a distractor: it counts, and is always wrong (0 in Market-1501).
        query_cameras: [Q].
        gallery_cameras: [G].

    Returns:
        mAP, the mean over queries of the mean precision at each right image, and the CMC. Queries
        without a right image in the gallery are left out, as in the protocol.

    Raises:
        GradSplitError: Shapes do not fit, distances are not numbers, or no query can be judged.

    Source: Zheng et al., "Scalable Person Re-identification: A Benchmark", sec. 5.1. Their first
    program took the mean of the precision before and at a right image; today's, and this, take it
    at the image.
    Cost: a sort of every row, O(Q G log G).
    """
    apart = np.asarray(distances)
    query, gallery = np.asarray(query_ids), np.asarray(gallery_ids)
    query_camera, gallery_camera = np.asarray(query_cameras), np.asarray(gallery_cameras)
    if apart.shape != (len(query_camera), len(gallery_camera)) or apart.shape != (
        len(query),
        len(gallery),
    ):
        raise GradSplitError(
            f"Expected distances [{len(query)}, {len(gallery)}] and as many cameras as images, got "
            f"{apart.shape}, {len(query_camera)} and {len(gallery_camera)} cameras."
        )
    if np.isnan(apart).any():
        raise GradSplitError("Expected distances, got NaN; the features are not finite.")
    precisions, places = [], []
    # A few queries at a time: a ranking of Market-1501 whole takes gigabytes.
    for start in range(0, len(query), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        order = np.argsort(apart[some], axis=1, kind="stable")
        same = gallery[order] == query[some, None]
        here = gallery_camera[order] == query_camera[some, None]
        counted = ~(same & here) & (gallery[order] >= 0)
        precision, place = _judged(same & counted, counted)
        precisions.append(precision)
        places.append(place)
    return _summary(np.concatenate(precisions), np.concatenate(places), len(gallery))


def _judged(
    right: NDArray[np.bool_], counted: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Average precision and place of the first right image, of the ranked rows that have one.

    Args:
        right: [Q, G] which image is right.
        counted: [Q, G] which counts at all.
    """
    judged = right.any(axis=1)
    right, counted = right[judged], counted[judged]
    place = counted.cumsum(axis=1)
    precision = right.cumsum(axis=1) / np.maximum(place, 1)
    average = (precision * right).sum(axis=1) / right.sum(axis=1)
    return average, np.take_along_axis(place, right.argmax(axis=1)[:, None], axis=1)[:, 0]


def _summary(averages: NDArray[np.float64], places: NDArray[np.intp], gallery: int) -> Retrieval:
    if not len(averages):
        raise GradSplitError(
            "Expected a query with an image of its identity from another camera in the gallery."
        )
    cmc = np.bincount(places - 1, minlength=gallery).cumsum() / len(places)
    return Retrieval(float(averages.mean()), cmc, len(averages))
