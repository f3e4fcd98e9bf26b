"""Scores of the human task set, by the rules of the data sets: on the people as they were labelled.

Heat maps and part maps are brought back to the photograph before they are judged, so that scores
of different input sizes can be compared.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.crops import joints_out
from gradsplit.tasksets.human.loading import once
from gradsplit.tasksets.human.part_counts import part_counts
from gradsplit.tasksets.human.records import (
    AttributeRecords,
    ParsingRecords,
    PoseRecords,
    Records,
    ReidRecords,
)
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.parts.judged import attributes_judged, parts_judged
from gradsplit.tasksets.parts.metrics import KeyPoints, Retrieval, pck, retrieval
from gradsplit.tasksets.parts.metrics.heat_maps import joints_of
from gradsplit.training.score_with_side import ScoreWithSide
from gradsplit.training.taskset import Predict

_AT_ONCE = 64


def attribute_score(
    test: Samples[AttributeRecords], predict: Predict, *, workers: int
) -> ScoreWithSide:
    """MA of logits [N, attributes]; an attribute is said to be there above 0."""
    logits = torch.cat(list(_outputs(test, predict, workers)))
    return attributes_judged((logits > 0).numpy(), test.records.attributes, test.records.names)


def find_again(
    query: Samples[ReidRecords], gallery: Samples[ReidRecords], predict: Predict, *, workers: int
) -> Retrieval:
    """Queries against the gallery by the cosine of embeddings [N, D] of length 1."""
    asked, found = (
        torch.cat(list(_outputs(part, predict, workers))).numpy() for part in (query, gallery)
    )
    return retrieval(
        -(asked @ found.T),
        query.records.identities,
        gallery.records.identities,
        query_cameras=query.records.cameras,
        gallery_cameras=gallery.records.cameras,
    )


def pose_score(test: Samples[PoseRecords], predict: Predict, *, workers: int) -> KeyPoints:
    """PCKh at half a head of heat maps [N, joints, h, w], in pixels of the photographs.

    People whose head's size is not known do not count.
    """
    people, guesses = test.records, []
    for maps in _outputs(test, predict, workers):
        for joints in joints_of(maps, test.size).numpy():
            one = len(guesses)
            view = augment.pose(people.centers[one], float(people.scales[one]), test.size, None)
            guesses.append(joints_out(view.place, joints))
    return pck(np.stack(guesses), people.joints, people.labelled, people.heads, threshold=0.5)


def parsing_score(
    test: Samples[ParsingRecords], predict: Predict, *, workers: int
) -> ScoreWithSide:
    """MIoU of maps [N, classes, h, w] at every labelled pixel of the pictures, all together.

    Cost: about three times the loading of the pictures, by as many threads as workers.
    """
    classes = len(test.records.names)
    table = np.zeros((classes, classes), np.int64)
    labels = iter(test.records.labels)
    # Threads: nearly all of it is done outside of Python, and maps need not be sent anywhere.
    with ThreadPoolExecutor(max(1, workers)) as threads:
        for maps in _outputs(test, predict, workers):
            some = islice(labels, len(maps))
            table += sum(threads.map(partial(part_counts, size=test.size), maps, some))
    return parts_judged(table, test.records.names)


def _outputs(samples: Samples[Records], predict: Predict, workers: int) -> Iterator[Tensor]:
    for pixels, _ in once(samples, _AT_ONCE, workers=workers):
        yield predict(pixels)
