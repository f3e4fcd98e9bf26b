"""Person re-identification by the protocol of Market-1501."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradsplit.errors import GradSplitError


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
        """Rank-k accuracy in 0..1."""
        return float(self.cmc[k - 1])


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
        gallery_ids: [G]; -1 marks junk images, which do not count either.
        query_cameras: [Q].
        gallery_cameras: [G].

    Returns:
        mAP, the mean over queries of the mean precision at each right image, and the CMC. Queries
        without a right image in the gallery are left out, as in the protocol.

    Raises:
        GradSplitError: Shapes do not fit, distances are not numbers, or no query can be judged.

    Source: Zheng et al., "Scalable Person Re-identification: A Benchmark", sec. 5.1.
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
    order = np.argsort(apart, axis=1, kind="stable")
    same = gallery[order] == query[:, None]
    counted = ~(same & (gallery_camera[order] == query_camera[:, None])) & (gallery[order] != -1)
    return _summary(same & counted, counted)


def _summary(right: NDArray[np.bool_], counted: NDArray[np.bool_]) -> Retrieval:
    """From ranked rows: which image is right, which counts at all."""
    judged = right.any(axis=1)
    if not judged.any():
        raise GradSplitError(
            "Expected a query with an image of its identity from another camera in the gallery."
        )
    right, counted = right[judged], counted[judged]
    place = counted.cumsum(axis=1)
    precision = right.cumsum(axis=1) / np.maximum(place, 1)
    average = (precision * right).sum(axis=1) / right.sum(axis=1)
    first = np.take_along_axis(place, right.argmax(axis=1)[:, None], axis=1)[:, 0]
    ranks = np.arange(1, right.shape[1] + 1)
    cmc = (first[:, None] <= ranks).mean(axis=0)
    return Retrieval(float(average.mean()), cmc, len(right))
