"""Do tasks see the same samples? Gradients on the same samples agree more than tasks do."""

import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.studies.estimates.estimator import Matrix
from gradsplit.training.batches import select
from gradsplit.training.step import Batch


def halves(batch: Batch, task: str) -> tuple[Batch, Batch]:
    """The first and the second half of a batch; an odd sample is left out.

    Raises:
        GradSplitError: There are fewer than two samples.
    """
    inputs, target = batch
    size = len(inputs) // 2
    if size == 0:
        raise GradSplitError(
            f"Batches of `{task}` have {len(inputs)} sample; two halves need 2 or more. Raise the "
            "recipe's batch_size."
        )
    parts = (torch.arange(size), torch.arange(size, 2 * size))
    first, second = (
        (inputs[part.to(inputs.device)], select(target, part.to(inputs.device))) for part in parts
    )
    return first, second


def shared_samples(sources: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Matrix:
    """[T, T] share of the target's samples that are among the source's, bit for bit.

    Samples that were augmented differently count as different.

    Args:
        sources: Inputs [N, ...] of each task.
        targets: Inputs [N, ...] of each task, in the same order.

    Example:
        >>> same = {"pose": torch.tensor([1, 2]), "reid": torch.tensor([2, 3])}
        >>> shared_samples(same, same).tolist()
        [[1.0, 0.5], [0.5, 1.0]]
    """
    rows = [set(_digests(inputs)) for inputs in sources.values()]
    columns = [_digests(inputs) for inputs in targets.values()]
    return np.array(
        [
            [float(np.mean([sample in row for sample in column])) for column in columns]
            for row in rows
        ]
    )


def _digests(inputs: Tensor) -> list[bytes]:
    rows = inputs.detach().cpu().contiguous()
    flat = rows.reshape(len(rows), -1).view(torch.uint8)
    return [hashlib.sha1(row.numpy().tobytes(), usedforsecurity=False).digest() for row in flat]
