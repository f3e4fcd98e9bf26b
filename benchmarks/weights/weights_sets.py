"""Small nonlinear task sets in which loss weights matter, each for another reason."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.training.batches import endless_batches
from gradsplit.training.recipe import Recipe
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations import Task

INPUTS = 16
HELD_OUT = 1000


@dataclass(frozen=True)
class Wish:
    """What a task wants: the outputs of a random network, `features` wide.

    Attributes:
        features: Hidden units of the random network that makes the labels.
        loud: Factor on the loss.
        noise: Standard deviation of the label noise over that of the labels.
        samples: Labelled training samples.
    """

    features: int = 4
    loud: float = 1.0
    noise: float = 0.2
    samples: int = 1000


@dataclass(frozen=True)
class Teachers(TaskSet):
    """Regressions on random networks through two shared stages; the score is R^2."""

    name: str
    wishes: Mapping[str, Wish]
    width: int
    recipe: Recipe = field(
        default=Recipe(steps=400, batch_size=32, optimizer="adam", learning_rate=1e-2)
    )
    split_modules = ("late",)

    @property
    def tasks(self) -> tuple[Task, ...]:  # type: ignore[override]
        """One task a wish."""
        return tuple(Task(name) for name in self.wishes)

    def trunk(self) -> nn.Module:
        """Two layers of the same width."""
        return nn.Sequential(
            OrderedDict(
                early=nn.Linear(INPUTS, self.width),
                bend=nn.Tanh(),
                late=nn.Linear(self.width, self.width),
                turn=nn.Tanh(),
            )
        )

    def head(self, task: str) -> nn.Module:  # noqa: ARG002 - all are alike
        """A linear layer."""
        return nn.Linear(self.width, 2)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of samples that are new for every seed."""
        wish, stream = self.wishes[task], generator(seed, "samples", task)
        inputs = torch.randn(wish.samples, INPUTS, generator=stream)
        labels = self._labels(task, inputs)
        labels += wish.noise * torch.randn(labels.shape, generator=stream)
        return endless_batches(inputs, labels, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """Squared error, as loud as the task is."""
        return self.wishes[task].loud * (output - target).square().mean()

    def score(self, task: str, predict: Predict) -> float:
        """R^2 on inputs that no run trains on, without noise."""
        inputs = torch.randn(HELD_OUT, INPUTS, generator=generator(0, "held out", task))
        wanted = self._labels(task, inputs)
        return 1 - ((predict(inputs) - wanted).square().mean() / wanted.var()).item()

    def _labels(self, task: str, inputs: Tensor) -> Tensor:
        wish, stream = self.wishes[task], generator(0, "teacher", task)
        first = torch.randn(INPUTS, wish.features, generator=stream) / INPUTS**0.5
        second = torch.randn(wish.features, 2, generator=stream) / wish.features**0.5
        outputs = torch.tanh(2 * inputs @ first) @ second
        return outputs * 1.4


def one_loud() -> Teachers:
    """Four tasks; the loss of one is thirty times as large."""
    wishes = {"loud": Wish(6, loud=30.0), "one": Wish(3), "two": Wish(3), "three": Wish(3)}
    return Teachers("one-loud", wishes, width=12)


def one_very_loud() -> Teachers:
    """Four tasks; the loss of one is three hundred times as large."""
    wishes = {"loud": Wish(6, loud=300.0), "one": Wish(3), "two": Wish(3), "three": Wish(3)}
    return Teachers("one-very-loud", wishes, width=12)


def two_sizes() -> Teachers:
    """Four tasks; the loss of one is ten times as large, that of another a hundredth."""
    wishes = {"loud": Wish(6, loud=10.0), "low": Wish(3, loud=0.01), "one": Wish(3), "two": Wish(3)}
    return Teachers("two-sizes", wishes, width=12)


def loud_and_narrow() -> Teachers:
    """Two tasks and little room; the greedier one is loud."""
    wishes = {"loud": Wish(10, loud=30.0), "quiet": Wish(2)}
    return Teachers("loud-and-narrow", wishes, width=5)


def noisy_source() -> Teachers:
    """Two tasks; the labels of one are mostly noise."""
    wishes = {"noisy": Wish(4, noise=4.0, samples=4000), "clean": Wish(3)}
    return Teachers("noisy-source", wishes, width=12)


def even() -> Teachers:
    """Three tasks alike, with room for all: nothing to gain."""
    return Teachers("even", {name: Wish(3) for name in ("one", "two", "three")}, width=32)


def small_figures() -> Figures:
    """Drawn people: a fifth of the steps of the quick preset, small pictures, a thin trunk."""
    figures = Figures(
        preset="quick",
        height=32,
        width=16,
        pictures=600,
        identities=60,
        widths=(8, 12, 16, 16),
        embedding=32,
        dense=(16, 16),
    )
    return figures.with_recipe(steps=80, warmup=8)
