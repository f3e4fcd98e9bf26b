"""Scores of the human task set, by the rules of the data sets: on the people as they were labelled.

Heat maps and part maps are brought back to the photograph before they are judged, so that scores
of different input sizes can be compared.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gradsplit.tasksets.human import augment
from gradsplit.tasksets.human.crops import Place, Size, joints_out, opened
from gradsplit.tasksets.human.loading import once
from gradsplit.tasksets.human.records import (
    AttributeRecords,
    ParsingRecords,
    PoseRecords,
    Records,
    ReidRecords,
)
from gradsplit.tasksets.human.samples import Samples
from gradsplit.tasksets.parts.judged import attributes_judged, parts_judged
from gradsplit.tasksets.parts.losses.parsing import IGNORED
from gradsplit.tasksets.parts.metrics import KeyPoints, Retrieval, label_counts, pck, retrieval
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
    """MIoU of maps [N, classes, h, w] at every labelled pixel of the pictures, all together."""
    classes = len(test.records.names)
    table = np.zeros((classes, classes), np.int64)
    labels = iter(test.records.labels)
    for maps in _outputs(test, predict, workers):
        # The maps first: when they are used up, no label is lost.
        for logits, path in zip(maps, labels, strict=False):
            with opened(path) as file:
                truth = np.asarray(file)
            picture = (truth.shape[0], truth.shape[1])
            place = augment.parsing(picture, test.size, None).place
            guess = _at_pixels(logits, place, test.size, picture).argmax(dim=0).numpy()
            table += label_counts(guess, truth, classes, ignore=IGNORED)
    return parts_judged(table, test.records.names)


def _outputs(samples: Samples[Records], predict: Predict, workers: int) -> Iterator[Tensor]:
    for pixels, _ in once(samples, _AT_ONCE, workers=workers):
        yield predict(pixels)


def _at_pixels(maps: Tensor, place: Place, size: Size, picture: Size) -> Tensor:
    """Maps [C, h, w] of an input, bilinear at the pixels of the picture it was cut from."""
    down, right = (
        (torch.arange(picture[axis], dtype=torch.float64) + 0.5) * place[1 - axis, 1 - axis]
        + place[1 - axis, 2]
        for axis in (0, 1)
    )
    # As `grid_sample` has it: -1..1 from edge to edge.
    down, right = (2 * at / size[axis] - 1 for axis, at in enumerate((down, right)))
    grid = torch.stack(torch.meshgrid(right, down, indexing="xy"), dim=-1).float()
    return F.grid_sample(maps[None], grid[None], padding_mode="border", align_corners=False)[0]
