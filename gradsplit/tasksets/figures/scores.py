"""Scores of the figures task set on its held-out pictures."""

import torch
from torch import Tensor

from gradsplit.tasksets.figures.data import PARSED, Album
from gradsplit.tasksets.figures.losses import stretch
from gradsplit.tasksets.parts.metrics import Retrieval, mean_accuracy, mean_iou, pck, retrieval


def attribute_score(test: Album, logits: Tensor) -> float:
    """MA of logits [N, attributes]; an attribute is said to be there above 0."""
    return mean_accuracy((logits > 0).numpy(), test.attributes)


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


def pose_score(test: Album, maps: Tensor) -> float:
    """PCKh at half a head of heat maps [N, joints, h, w], over the joints that are seen."""
    places, seen = test.joints
    height, width = test.photographs.images.shape[1:3]
    cells = maps.shape[2:]
    best = maps.flatten(2).argmax(dim=2)
    x = (best % cells[1] + 0.5) * (width / cells[1])
    y = (best // cells[1] + 0.5) * (height / cells[0])
    guess = torch.stack([x, y], dim=-1).numpy()
    return pck(guess, places, seen, test.photographs.head, threshold=0.5).mean


def parsing_score(test: Album, maps: Tensor) -> float:
    """MIoU of maps [N, classes, h, w] stretched to the pictures' size."""
    size = test.photographs.parts.shape[1:]
    guess = stretch(maps, torch.Size(size)).argmax(dim=1)
    return mean_iou(guess.numpy(), test.classes, len(PARSED))
