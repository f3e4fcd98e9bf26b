"""Small nonlinear task sets with one known cause of harm, two, or none.

Two tasks, `source` and `target`, are regressions behind two layers of tanh units, `early` and
`late`. A task's labels are a fixed random network of some of its inputs. What harms is put there on
purpose; beside each set stands its oracle, the same set with that put right: what it removes of the
harm on fresh seeds says how much of the harm it is.
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
        recipe: How it is trained.
    """

    name: str
    source: Wants
    target: Wants
    early: int = 32
    late: int = 32
    norm: bool = False
    recipe: Recipe = field(default=Recipe(200, 32, "adam", 1e-2))
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


@dataclass(frozen=True)
class Known:
    """A set and what is known of it.

    Attributes:
        taskset: The set.
        causes: What may be named: what was put there, and what is another word for it.
        oracle: The same without it; None where nothing harms.
    """

    taskset: Nonlinear
    causes: tuple[str, ...]
    oracle: Nonlinear | None


_TARGET = Wants(1, inputs=4, outputs=2, noise=0.3)
_SOURCE = Wants(2, first=8, inputs=8, outputs=8, noise=0.3)
_NOISY = replace(_SOURCE, noise=1.0)


def known_sets() -> dict[str, Known]:
    """All sets by name."""
    return {known.taskset.name: known for known in _scales() + _rooms() + _data()}


def _scales() -> list[Known]:
    """What is loud, weakly so, stopped early, or both."""
    loud = _set("loud", replace(_NOISY, loudness=100))
    weak = _set("weakly loud", replace(_NOISY, loudness=6))
    both = _set("short and loud", replace(_NOISY, loudness=30)).with_recipe(steps=60)
    short = _set("short", _SOURCE, width=32).with_recipe(steps=40)
    return [
        Known(loud, ("loss scale",), replace(loud, source=_NOISY)),
        Known(weak, ("loss scale",), replace(weak, source=_NOISY)),
        Known(
            both,
            ("loss scale", "unfinished training"),
            replace(both, source=_NOISY).with_recipe(steps=600),
        ),
        Known(short, ("unfinished training",), short.with_recipe(steps=600)),
    ]


def _rooms() -> list[Known]:
    """What lacks room, everywhere or in one layer."""
    narrow = _set("narrow", _SOURCE, width=4)
    early = replace(_set("early layer", _SOURCE), early=4, late=24)
    both = replace(_set("loud and narrow", replace(_SOURCE, loudness=20)), early=24, late=4)
    return [
        Known(narrow, ("capacity", "stage"), narrow.with_width(8)),
        Known(early, ("stage", "capacity"), replace(early, early=32)),
        Known(
            both,
            ("loss scale", "stage", "capacity"),
            replace(both, late=32, source=_SOURCE),
        ),
    ]


def _data() -> list[Known]:
    """What lies in the source's data, and a source that helps."""
    alike = replace(_TARGET, samples=2000)
    norm = replace(_set("batch norm", replace(alike, shift=2.0, spread=3.0)), norm=True)
    world = _set("other world", replace(alike, shift=3.0, spread=3.0))
    noise = _set("memorised noise", replace(_SOURCE, noise=3.0, samples=40))
    return [
        Known(norm, ("batch statistics",), replace(norm, source=alike)),
        Known(world, ("data",), replace(world, source=alike)),
        Known(noise, ("memorised noise",), replace(noise, source=replace(_SOURCE, samples=None))),
        Known(_set("no harm", alike), (), None),
    ]


def _set(name: str, source: Wants, width: int = 12) -> Nonlinear:
    return Nonlinear(name, source, _TARGET, early=width, late=width)
