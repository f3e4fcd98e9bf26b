"""Scores of the human task set, by the rules of the data sets: on the people as they were labelled.

Heat maps and part maps are brought back to the photograph before they are judged, so that scores
of different input sizes can be compared.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.crops import joints_out
from gradsplit.tasksets.human.loading import once
from gradsplit.tasksets.human.part_counts import part_counts
from gradsplit.tasksets.human.records import (
    ParsingRecords,
    PoseRecords,
    Records,
    ReidRecords,
)
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.parts.judged import attributes_judged, key_points_judged, parts_judged
from gradsplit.tasksets.parts.metrics import KeyPoints, Retrieval, pck, retrieval
from gradsplit.tasksets.parts.metrics.heat_maps import joints_of
from gradsplit.training.score_with_side import ScoreWithSide
from gradsplit.training.taskset import Predict

_AT_ONCE = 64


def judged(
    task: str, test: Samples[Any], predict: Predict, kept: NDArray[np.intp], *, workers: int
) -> ScoreWithSide:
    """The score of attribute, pose or parsing on some of its outputs.

    Args:
        task: Which.
        test: What it is judged on.
        predict: Gives the outputs that are left.
        kept: [outputs] their places among the names of the records, ascending.
        workers: Processes that load.
    """
    names = [test.records.names[place] for place in kept]
    if task == "attribute":
        logits = torch.cat(list(_outputs(test, predict, workers)))
        return attributes_judged((logits > 0).numpy(), test.records.attributes[:, kept], names)
    if task == "pose":
        return key_points_judged(pose_score(test, predict, kept, workers=workers), names)
    return parsing_score(test, predict, kept, workers=workers)


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


def pose_score(
    test: Samples[PoseRecords],
    predict: Predict,
    kept: NDArray[np.intp] | None = None,
    *,
    workers: int,
) -> KeyPoints:
    """PCKh at half a head of heat maps [N, joints, h, w], in pixels of the photographs.

    Of the joints in the places `kept`, or of all.

    People whose head's size is not known do not count.
    """
    people, guesses = test.records, []
    some = slice(None) if kept is None else kept
    for maps in _outputs(test, predict, workers):
        for joints in joints_of(maps, test.size).numpy():
            one = len(guesses)
            view = augment.pose(people.centers[one], float(people.scales[one]), test.size, None)
            guesses.append(joints_out(view.place, joints))
    joints, labelled = people.joints[:, some], people.labelled[:, some]
    return pck(np.stack(guesses), joints, labelled, people.heads, threshold=0.5)


def parsing_score(
    test: Samples[ParsingRecords],
    predict: Predict,
    kept: NDArray[np.intp] | None = None,
    *,
    workers: int,
) -> ScoreWithSide:
    """MIoU of maps [N, classes, h, w] at every labelled pixel of the pictures, all together.

    Of the classes in the places `kept`, or of all. Pixels of other classes do not count: a network
    that does not know a class is not asked for it.

    Cost: about three times the loading of the pictures, by as many threads as workers.
    """
    names = test.records.names
    names = names if kept is None else [names[place] for place in kept]
    table = np.zeros((len(names), len(names)), np.int64)
    labels = iter(test.records.labels)
    # Threads: nearly all of it is done outside of Python, and maps need not be sent anywhere.
    with ThreadPoolExecutor(max(1, workers)) as threads:
        for maps in _outputs(test, predict, workers):
            some = islice(labels, len(maps))
            table += sum(threads.map(partial(part_counts, size=test.size, kept=kept), maps, some))
    return parts_judged(table, names)


def _outputs(samples: Samples[Records], predict: Predict, workers: int) -> Iterator[Tensor]:
    for pixels, _ in once(samples, _AT_ONCE, workers=workers):
        yield predict(pixels)
