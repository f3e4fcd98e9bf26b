"""Small nonlinear task sets with a known cause of harm, or with two, or none.

Two tasks, `source` and `target`, regressions behind two layers of tanh units, `early` and `late`. A
task's labels are a fixed random network of its own inputs. What harms in each is known by an oracle
training: the same set with that one thing put right (`oracles`). No set is part of the package, and
none was looked at while a diagnosis was built for it... see reports/diagnosis/nonlinear.md.
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

INPUTS = 16
_TEST = 1000


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
        own: The layer that each task has for itself; "" for none. Of oracles.
        recipe: How it is trained.
    """

    name: str
    source: Wants
    target: Wants
    early: int = 32
    late: int = 32
    norm: bool = False
    recipe: Recipe = field(default=Recipe(400, 32, "adam", 5e-3))
    split_modules = ("late",)
    tasks = (Task("source", False), Task("target", False))

    def trunk(self) -> nn.Module:
        """Two layers of tanh units."""
        early: list[nn.Module] = [nn.Linear(INPUTS, self.early)]
        if self.norm:
            early.append(nn.BatchNorm1d(self.early))
        stages: OrderedDict[str, nn.Module] = OrderedDict(
            early=nn.Sequential(*early, nn.Tanh()),
            late=nn.Sequential(nn.Linear(self.early, self.late), nn.Tanh()),
        )
        return nn.Sequential(stages)

    def head(self, task: str) -> nn.Module:
        """A matrix."""
        return nn.Linear(self.late, self.wants(task).outputs)

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
        """Squared error on samples without noise."""
        stream = generator(0, "test", task)
        inputs = self._inputs(task, _TEST, stream)
        return (predict(inputs) - labels(self.wants(task), inputs)).square().mean().item()

    def with_width(self, factor: float) -> Self:
        """Both layers."""
        return replace(self, early=round(factor * self.early), late=round(factor * self.late))

    def _batches(self, task: str, of: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        wants, size = self.wants(task), self.recipe.batch_size
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
        return wants.shift + wants.spread * torch.randn(count, INPUTS, generator=stream)


def labels(wants: Wants, inputs: Tensor) -> Tensor:
    """[N, outputs] of a random network with 12 tanh units, of a standard deviation of about 1."""
    stream = generator(wants.teacher, "teacher")
    first = torch.randn(wants.inputs, 12, generator=stream) * (2 / wants.inputs**0.5)
    second = torch.randn(12, wants.outputs, generator=stream) / 12**0.5 * 1.2
    own = inputs[:, wants.first : wants.first + wants.inputs]
    return torch.tanh(own @ first) @ second
