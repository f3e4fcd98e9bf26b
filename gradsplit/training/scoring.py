"""The metric of each task of a network on held-out data, and its side scores."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from gradsplit.errors import TaskSetError
from gradsplit.training.batches import to_device
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.score_with_side import ScoreWithSide
from gradsplit.training.taskset import Predict, TaskSet
from relations.side_scores import side_name

Around = Callable[[str, Predict], Predict]
"""Puts something around the predictions of a task."""


class Scores(NamedTuple):
    """What a network is worth.

    Attributes:
        judged: Task -> score.
        side: Side scores by names such as "reid@rank-1"; NaN where one is not known.
    """

    judged: dict[str, float]
    side: dict[str, float]


def score(
    network: MultiTaskNetwork, taskset: TaskSet, around: Around | None = None
) -> dict[str, float]:
    """The metric of each of a network's tasks on held-out data; see `scores_with_side`."""
    return scores_with_side(network, taskset, around).judged


def scores_with_side(
    network: MultiTaskNetwork, taskset: TaskSet, around: Around | None = None
) -> Scores:
    """The metric of each of a network's tasks on held-out data, and their side scores.

    The network is left in evaluation mode. Outputs are handed to the task set on the CPU.

    Args:
        network: A trained network.
        taskset: What it was trained on; `taskset.for_seed(seed)` of the run's seed where the task
            set draws its data anew for every seed.
        around: Put around the predictions that the metric sees, e.g. to listen.

    Raises:
        TaskSetError: A task set's `score` does not give a number.
    """
    network.eval()
    judged: dict[str, float] = {}
    side: dict[str, float] = {}
    for task in network.tasks:
        predict = network_predict(network, task)
        value = taskset.score(task, predict if around is None else around(task, predict))
        judged[task], beside = judged_apart(taskset, task, value)
        side |= beside
    return Scores(judged, side)


def judged_apart(taskset: TaskSet, task: str, value: object) -> tuple[float, dict[str, float]]:
    """What a task set's metric gave: the judged score, and side scores by their full names.

    Raises:
        TaskSetError: It is no number.
    """
    try:
        judged = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as wrong:
        raise TaskSetError(
            f"`{type(taskset).__name__}.score` must give a number, gave {value!r} for `{task}`."
        ) from wrong
    side = value.side if isinstance(value, ScoreWithSide) else {}
    return judged, {side_name(task, name): number for name, number in side.items()}


def unheard(predict: Predict) -> Predict:
    """Predictions past what listens to them, for a metric's questions that are no samples.

    What listens says so by an attribute `unheard`, the predictions below.
    """
    return getattr(predict, "unheard", predict)


def network_predict(network: MultiTaskNetwork, task: str) -> Predict:
    """A network's outputs for one task, on the CPU, without gradients."""
    device = next(network.parameters()).device

    def predict(inputs: Tensor) -> Any:
        with torch.no_grad():
            return to_device(network(to_device(inputs, device), task), torch.device("cpu"))

    return predict
