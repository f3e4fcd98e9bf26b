"""Scores of the figures task set on its held-out pictures."""

import torch
from torch import Tensor

from gradsplit.tasksets.figures.data import PARSED, POSED, Album
from gradsplit.tasksets.figures.drawing import ATTRIBUTES
from gradsplit.tasksets.figures.losses import stretch
from gradsplit.tasksets.parts.judged import attributes_judged, key_points_judged, parts_judged
from gradsplit.tasksets.parts.metrics import Retrieval, label_counts, pck, retrieval
from gradsplit.training.score_with_side import ScoreWithSide


def attribute_score(test: Album, logits: Tensor) -> ScoreWithSide:
    """MA of logits [N, attributes]; an attribute is said to be there above 0."""
    return attributes_judged((logits > 0).numpy(), test.attributes, ATTRIBUTES)


def find_again(test: Album, embedding: Tensor) -> Retrieval:
    """Queries against the gallery by the cosine of embeddings [N, D] of length 1."""
    queries = test.queries
    vectors = embedding.numpy()
    return retrieval(
        -(vectors[queries] @ vectors[~queries].T),
        test.identities[queries],
        test.identities[~queries],
        query_cameras=test.cameras[queries],
        gallery_cameras=test.cameras[~queries],
    )


def pose_score(test: Album, maps: Tensor) -> ScoreWithSide:
    """PCKh at half a head of heat maps [N, joints, h, w], over the joints that are seen."""
    places, seen = test.joints
    height, width = test.photographs.images.shape[1:3]
    cells = maps.shape[2:]
    best = maps.flatten(2).argmax(dim=2)
    x = (best % cells[1] + 0.5) * (width / cells[1])
    y = (best // cells[1] + 0.5) * (height / cells[0])
    guess = torch.stack([x, y], dim=-1).numpy()
    return key_points_judged(pck(guess, places, seen, test.photographs.head, threshold=0.5), POSED)


def parsing_score(test: Album, maps: Tensor) -> ScoreWithSide:
    """MIoU of maps [N, classes, h, w] stretched to the pictures' size."""
    size = test.photographs.parts.shape[1:]
    guess = stretch(maps, torch.Size(size)).argmax(dim=1)
    return parts_judged(label_counts(guess.numpy(), test.classes, len(PARSED)), PARSED)
