"""Task sets whose relations are known in closed form: linear regression through a bottleneck.

Inputs x ~ N(0, I) of 24 dimensions. Task t has latent dimensions d_1..d_q, each with a share a_i^2
of its variance (together 1), a scale s and label noise sigma:

    y_i = s (a_i x[d_i] + sigma / sqrt(q) eps_i),    i = 1..q,    eps ~ N(0, I).

The trunk z = W x has `width` rows and no bias; a head is a matrix H_t. The loss is the mean of
||H_t W x - y||^2, the score R^2 over the whole (noise-free) input distribution. A bottleneck
narrower than what the tasks want together makes them compete for its rows, which is the harm that
`gradsplit.tasksets.planted.truth` computes. Source: our choice.
"""

import math
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gradsplit.tasksets.planted.r_squared import r_squared
from gradsplit.tasksets.planted.truth import Bools, Demand, Floats, best_scores, equilibria
from gradsplit.training.recipe import Recipe
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations.tasks import Task

INPUTS = 24
"""Dimensions of the inputs."""

_CHUNK = 50
"""Batches drawn at once: drawing each alone costs as much as training on it."""


@dataclass(frozen=True)
class Plant:
    """What one task wants from the trunk.

    Attributes:
        dimensions: The inputs' dimensions it depends on.
        variances: The share of its variance that each of them explains; together 1.
        scale: Factor of its labels; its loss grows with the square.
        samples: Labelled training samples of a run.
        noise: Standard deviation of the label noise over that of the labels.
    """

    dimensions: tuple[int, ...]
    variances: tuple[float, ...]
    scale: float = 1.0
    samples: int = 4000
    noise: float = 0.3


_RECIPE = Recipe(steps=800, batch_size=32, optimizer="adam", learning_rate=1e-2)


@dataclass(frozen=True)
class Planted(TaskSet):
    """Tasks that share a linear bottleneck of a given width.

    Attributes:
        name: Its built-in name.
        plants: Task -> what it wants, in order.
        width: Rows of the bottleneck, the module that GradSplit divides.
        recipe: How it is trained; with far fewer steps the runs are unfinished and their relations
            are not the planted ones.
    """

    name: str
    plants: dict[str, Plant]
    width: int
    recipe: Recipe = field(default=_RECIPE)
    split_modules = ("bottleneck",)
    revision = 1

    @property
    def tasks(self) -> tuple[Task, ...]:  # type: ignore[override]
        """One task a plant."""
        return tuple(Task(name) for name in self.plants)

    def trunk(self) -> nn.Module:
        """The bottleneck, W ~ N(0, 1/24)."""
        return nn.Sequential(OrderedDict(bottleneck=_linear(INPUTS, self.width)))

    def head(self, task: str) -> nn.Module:
        """A matrix [q, width] ~ N(0, 1/width)."""
        return _linear(self.width, len(self.plants[task].dimensions))

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches with replacement from a labelled set that is new for every seed."""
        plant, stream = self.plants[task], generator(seed, "data", task)
        inputs = torch.randn(plant.samples, INPUTS, generator=stream)
        q = len(plant.dimensions)
        labels = inputs @ self.mapping(task).float().T
        labels += (
            plant.scale * plant.noise / math.sqrt(q) * torch.randn(labels.shape, generator=stream)
        )
        shape = (_CHUNK, self.recipe.batch_size)
        while True:
            chosen = torch.randint(plant.samples, shape, generator=stream)
            yield from zip(inputs[chosen].unbind(), labels[chosen].unbind(), strict=True)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:  # noqa: ARG002
        """Squared error, summed over outputs, averaged over samples."""
        return (output - target).square().sum() / len(target)

    def score(self, task: str, predict: Predict) -> float:
        """R^2 over the input distribution, exact where the network is linear."""
        return r_squared(predict, self.mapping(task))

    def population_scores(self, tasks: Sequence[str]) -> dict[str, float]:
        """R^2 of a run of these tasks for endless data and finished training."""
        return best_scores(self._demand().select(tasks), self.width)

    def population_changes(self) -> Floats:
        """The true change matrix [T, T]; row = source, column = target, diagonal NaN.

        Example:
            >>> planted().population_changes()[0].round(2) + 0.0  # loud's row
            array([ nan, -0.3,  0. ,  0. ])
        """
        names = self.task_names
        changes = np.full((len(names), len(names)), np.nan)
        for one, two in permutations(range(len(names)), 2):
            target = names[two]
            alone = self.population_scores([target])[target]
            together = self.population_scores([names[one], target])[target]
            changes[one, two] = together / alone - 1
        return changes

    def harmful_edges(self, threshold: float = -0.01) -> list[tuple[str, str]]:
        """The true harmful edges, (source, target).

        Example:
            >>> planted_near().harmful_edges()
            [('loud', 'quiet')]
        """
        names, changes = self.task_names, self.population_changes()
        return [(names[one], names[two]) for one, two in np.argwhere(changes < threshold)]

    def masked_population_scores(
        self, may_update: Bools, group_sizes: Sequence[int]
    ) -> list[dict[str, float]]:
        """Where joint training with a mask can end; see `planted_truth.equilibria`.

        Args:
            may_update: [T, T], row = source, column = group.
            group_sizes: Rows of the bottleneck that each task owns.
        """
        return equilibria(self._demand(), may_update, group_sizes)

    def _demand(self) -> Demand:
        mappings = [self.mapping(task).square().sum(dim=0).numpy() for task in self.plants]
        weights = [self.recipe.weights.get(task, 1.0) for task in self.plants]
        values = np.stack([weight * value for weight, value in zip(weights, mappings, strict=True)])
        shares = np.stack([value / value.sum() for value in mappings])
        return Demand(tuple(self.plants), shares, values)

    def mapping(self, task: str) -> Tensor:
        """The matrix [q, 24] that gives a task's noise-free labels, float64."""
        plant = self.plants[task]
        matrix = torch.zeros(len(plant.dimensions), INPUTS, dtype=torch.float64)
        for row, (column, variance) in enumerate(
            zip(plant.dimensions, plant.variances, strict=True)
        ):
            matrix[row, column] = plant.scale * math.sqrt(variance)
        return matrix


_FLAT = (0.20, 0.17, 0.14, 0.12, 0.10, 0.08, 0.07, 0.05, 0.04, 0.03)
_STEEP = (0.30, 0.25, 0.20, 0.15, 0.10)


def planted(width: int = 12) -> Planted:
    """One harmful edge, loud -> quiet, that splitting must help.

    `loud` wants ten dimensions, the last ones little; in 12 rows it leaves `quiet` two of the four
    it wants. Confined to its share of the rows it loses its flat tail and `quiet` gains more.
    """
    return Planted(
        name="planted",
        plants={
            "loud": Plant(tuple(range(10)), _FLAT, scale=4.0),
            "quiet": Plant((10, 11, 12, 13), (0.4, 0.3, 0.2, 0.1)),
            "scarce": Plant((0, 1), (0.5, 0.5), samples=200, noise=1.0),
            "apart": Plant((14,), (1.0,)),
        },
        width=width,
    )


def planted_control(width: int = 8) -> Planted:
    """One harmful edge, loud -> quiet, that splitting cannot help.

    All that `loud` and `apart` want fits into the rows that are not quiet's: forbidding them
    quiet's rows moves them elsewhere, and `quiet` is left with as little.
    """
    return Planted(
        name="planted-control",
        plants={
            "loud": Plant(tuple(range(5)), _STEEP, scale=3.0),
            "quiet": Plant(tuple(range(5, 10)), _STEEP),
            "scarce": Plant((0, 1), (0.5, 0.5), samples=100, noise=1.0),
            "apart": Plant((10,), (1.0,)),
        },
        width=width,
    )


def planted_near(width: int = 13) -> Planted:
    """One harmful edge, loud -> quiet, near the threshold: `quiet` loses its least dimension.

    Trained twice as long as the others: after 800 steps one seed in twenty is still on its way,
    with changes of -4 to -10 %.
    """
    return Planted(
        name="planted-near",
        plants={
            "loud": Plant(tuple(range(10)), _FLAT, scale=4.0),
            "quiet": Plant((10, 11, 12, 13), (0.5, 0.3, 0.17, 0.03), samples=600, noise=0.6),
            "scarce": Plant((0, 1), (0.5, 0.5), samples=200, noise=1.0),
            "apart": Plant((14,), (1.0,)),
        },
        width=width,
        recipe=replace(_RECIPE, steps=1600),
    )


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(layer.weight, std=1 / math.sqrt(inputs))
    return layer
