"""What tells whether a task was learnt: its score before the end, and that of a constant answer."""

from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.scoring import score
from gradsplit.training.seeding import draws_put_back
from gradsplit.training.step import Observe, Step
from gradsplit.training.taskset import Predict, TaskSet
from relations.side_scores import CONSTANT, EARLIER, side_name

EARLIER_AT = 0.5
"""Share of the steps after which the earlier score is taken: late in a training whose learning rate
falls, nothing moves, learnt or not (reports/learning/README.md). Source: our choice."""


class LearningWatch:
    """Listens to one training; what is trained stays the same to the last bit.

    Args:
        taskset: As the run's seed sees it.

    Cost: one evaluation more, and the metric of a constant answer.

    Attributes:
        earlier: The scores that were taken before the end, by name.
    """

    def __init__(self, taskset: TaskSet) -> None:
        self._taskset = taskset
        self._outputs: dict[str, _MeanOutput] = {}
        self.earlier: dict[str, float] = {}

    def observing(self, observe: Observe | None) -> Observe:
        """An observer of the training, with another one beside it."""

        def both(step: Step) -> None:
            if observe is not None:
                observe(step)
            if step.number == earlier_step(self._taskset.recipe.steps):
                self.look(step.network)

        return both

    def look(self, network: MultiTaskNetwork) -> None:
        """Score a network in training, which goes on as if nothing had been asked.

        A metric that cannot judge a network that is half trained costs this score, not the run.
        """
        try:
            with draws_put_back():  # a metric may draw; the training's own draws must not move
                scores = score(network, self._taskset)
        except Exception:
            scores = {}
        network.train()
        self.earlier = {side_name(task, EARLIER): value for task, value in scores.items()}

    def around(self, task: str, predict: Predict) -> Predict:
        """The predictions of the last scoring, listened to."""
        self._outputs[task] = _MeanOutput(predict)
        return self._outputs[task]

    def side_scores(self) -> dict[str, float]:
        """All that was seen, once the network is scored."""
        scores = dict(self.earlier)
        for task, output in self._outputs.items():
            value = _score_of_constant(self._taskset, task, output)
            if value is not None:
                scores[side_name(task, CONSTANT)] = value
        return scores


def earlier_step(steps: int) -> int | None:
    """After how many of a training's steps the earlier score is taken; None of too few.

    Example:
        >>> earlier_step(400), earlier_step(1)
        (200, None)
    """
    step = round(EARLIER_AT * steps)
    return step if 0 < step < steps else None


def _score_of_constant(taskset: TaskSet, task: str, output: "_MeanOutput") -> float | None:
    """The score of an answer that is the same for every sample: the network's own mean output.

    For a regression that is about the best constant, for a classification the class that the
    network finds likeliest over all samples. Source: our choice.

    Returns:
        None where the metric cannot judge a constant.
    """
    try:
        return float(taskset.score(task, output.constant()))
    except Exception:
        return None


class _MeanOutput:
    """Predictions as they are, with their mean over samples kept.

    Args:
        predict: The predictions.

    Attributes:
        unheard: The same, not counted; see `gradsplit.training.scoring.unheard`.
    """

    def __init__(self, predict: Predict) -> None:
        self.unheard = predict
        self._example: Any = None
        self._total: Any = None
        self._count = 0

    def __call__(self, inputs: Tensor) -> Any:
        output = self.unheard(inputs)
        total = tree_map(lambda tensor: tensor.double().sum(dim=0), output)
        if self._total is not None:
            total = tree_map(torch.add, self._total, total)
        self._total, self._example = total, output
        self._count += len(inputs)
        return output

    def constant(self) -> Predict:
        """Predictions that are that mean, whatever the inputs."""
        means = tree_map(
            lambda total, example: (total / self._count).to(example.dtype),
            self._total,
            self._example,
        )

        def predict(inputs: Tensor) -> Any:
            return tree_map(lambda mean: mean.expand(len(inputs), *mean.shape).clone(), means)

        return predict
