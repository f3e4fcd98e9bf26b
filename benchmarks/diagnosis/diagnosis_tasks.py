"""Two regressions, `source` and `target`, behind two layers of tanh units, `early` and `late`.

A task's labels are a fixed random network of some of its inputs, or features of single inputs that
are worth more or less.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from gradsplit import Recipe, Task, TaskSet
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict

_TEST = 1000
_STEEP, _SPREAD = 2.0, 0.797
"""Of a feature tanh(2 x); its standard deviation for a normal x."""


@dataclass(frozen=True)
class Wants:
    """What a task is.

    Attributes:
        teacher: Number of the random network that makes its labels.
        first: First of the inputs that it depends on.
        inputs: How many these are.
        outputs: How many labels a sample has.
        loudness: Factor of its loss.
        noise: Standard deviation of the label noise; labels have one of about 1.
        samples: Labelled samples a seed; None for new ones in every batch.
        shift: Mean of its inputs.
        spread: Standard deviation of its inputs.
        worth: Variances of features in the labels, each a tanh of one input from `first` on, in
            directions that are orthogonal; instead of a random network where it is given.
        elsewhere: The same of its labels on another task's inputs, where these hang on others.
    """

    teacher: int
    first: int = 0
    inputs: int = 8
    outputs: int = 4
    loudness: float = 1.0
    noise: float = 0.1
    samples: int | None = 2000
    shift: float = 0.0
    spread: float = 1.0
    worth: tuple[float, ...] | None = None
    elsewhere: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Nonlinear(TaskSet):
    """Two regressions behind two layers.

    Attributes:
        name: Of the set.
        source: What the source is.
        target: What the target is.
        early: Units of the first layer.
        late: Units of the second.
        norm: Whether BatchNorm stands behind the first.
        inputs: How many numbers a sample has.
        recipe: How it is trained.
    """

    name: str
    source: Wants
    target: Wants
    early: int = 32
    late: int = 32
    norm: bool = False
    inputs: int = 16
    recipe: Recipe = field(default=Recipe(200, 32, "adam", 1e-2))
    split_modules = ("late",)
    tasks = (Task("source", False), Task("target", False))

    def trunk(self) -> nn.Module:
        """Two layers of tanh units."""
        early: list[nn.Module] = [nn.Linear(self.inputs, self.early)]
        if self.norm:
            early.append(nn.BatchNorm1d(self.early))
        stages: OrderedDict[str, nn.Module] = OrderedDict(
            early=nn.Sequential(*early, nn.Tanh()),
            late=nn.Sequential(nn.Linear(self.early, self.late), nn.Tanh()),
        )
        return nn.Sequential(stages)

    def head(self, task: str) -> nn.Module:
        """A matrix."""
        wants = self.wants(task)
        return nn.Linear(self.late, wants.outputs if wants.worth is None else len(wants.worth))

    def wants(self, task: str) -> Wants:
        """What a task is."""
        return self.source if task == "source" else self.target

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """Batches of samples that are new for every seed."""
        return self._batches(task, task, seed)

    def labelled_as(self, task: str, source: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """A source's inputs with another task's labels, which any input has here."""
        return self._batches(task, source, seed)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """Mean squared error."""
        return self.wants(task).loudness * (output - target).square().mean()

    def score(self, task: str, predict: Predict) -> float:
        """Expected squared error on noisy labels: that on clean ones, and the noise."""
        stream = generator(0, "test", task)
        inputs, noise = self._inputs(task, _TEST, stream), self.wants(task).noise
        error = (predict(inputs) - labels(self.wants(task), inputs)).square().mean().item()
        return error + noise**2

    def with_width(self, factor: float) -> Self:
        """Both layers."""
        widths = {name: max(1, round(factor * getattr(self, name))) for name in ("early", "late")}
        return replace(self, **widths)

    def _batches(self, task: str, of: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        wants, size = self.wants(task), self.recipe.batch_size
        if task != of and wants.elsewhere is not None:
            wants = replace(wants, worth=wants.elsewhere)
        stream = generator(seed, "data", task, of)
        samples = self.wants(of).samples
        kept = None if samples is None else self._sampled(wants, of, samples, stream)
        while True:
            if kept is None:
                yield self._sampled(wants, of, size, stream)
            else:
                chosen = torch.randint(len(kept[0]), (size,), generator=stream)
                yield kept[0][chosen], kept[1][chosen]

    def _sampled(
        self, wants: Wants, of: str, count: int, stream: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        inputs = self._inputs(of, count, stream)
        clean = labels(wants, inputs)
        return inputs, clean + wants.noise * torch.randn(clean.shape, generator=stream)

    def _inputs(self, of: str, count: int, stream: torch.Generator) -> Tensor:
        wants = self.wants(of)
        return wants.shift + wants.spread * torch.randn(count, self.inputs, generator=stream)


def labels(wants: Wants, inputs: Tensor) -> Tensor:
    """[N, outputs] of a random network with 12 tanh units, of a standard deviation of about 1.

    Where features have a worth, each is a tanh of one input, of that variance over all outputs.
    """
    stream = generator(wants.teacher, "teacher")
    if wants.worth is not None:
        count = len(wants.worth)
        directions, _ = torch.linalg.qr(torch.randn(count, count, generator=stream))
        features = torch.tanh(_STEEP * inputs[:, wants.first : wants.first + count]) / _SPREAD
        return (features * torch.tensor(wants.worth).sqrt()) @ directions
    first = torch.randn(wants.inputs, 12, generator=stream) * (2 / wants.inputs**0.5)
    second = torch.randn(12, wants.outputs, generator=stream) / 12**0.5 * 1.2
    own = inputs[:, wants.first : wants.first + wants.inputs]
    return torch.tanh(own @ first) @ second
