"""Predictions of a picture and its mirror image together, as published scores often are."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gradsplit.tasksets.human.records import ParsingRecords, PoseRecords, Records, ReidRecords
from gradsplit.tasksets.human.wording import mirrored_among
from gradsplit.training.taskset import Predict


def with_mirror(
    predict: Predict, records: Records, kept: NDArray[np.intp] | None = None
) -> Predict:
    """The mean output of a picture and its mirror image, turned back.

    Logits of attributes, heat maps and part maps are averaged, with left and right exchanged where
    they have a side; embeddings are added and brought to length 1. Maps lie evenly over the input,
    so that turning them back needs no shift by a pixel. Source: usual; e.g. Sun et al., "Deep
    High-Resolution Representation Learning for Human Pose Estimation" (CVPR 2019), section 4.

    Args:
        predict: Outputs for inputs [N, 3, H, W].
        records: Of the task, which say what becomes what in a mirror.
        kept: Places of the outputs that are predicted among those of the records; all when None.

    Raises:
        TaskSetError: Of two sides one is not predicted.

    Cost: twice the predictions.
    """
    order = None
    if isinstance(records, PoseRecords | ParsingRecords):
        order = records.mirrored if kept is None else mirrored_among(records.mirrored, kept)

    def both(inputs: Tensor) -> Tensor:
        output, turned = predict(inputs), predict(inputs.flip(-1))
        if order is not None:
            turned = turned.flip(-1)[:, torch.from_numpy(order)]
        if isinstance(records, ReidRecords):
            return F.normalize(output + turned)
        return (output + turned) / 2

    return both
