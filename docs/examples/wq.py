"""Fourteen plants and animals of rivers, predicted from the water's chemistry (water quality).

The file is not part of the project: `wq.arff` of tsoumakas/mulan, 1,060 samples of water, 16
measured values and the abundances (0 to 5) of 14 species. Every task predicts one species.

Score: mean squared error relative to that of the mean over the training samples, so 1 is a constant
answer; the field's relative root mean squared error is its square root.

    gradsplit probe docs/examples/wq.py:WaterQuality --set data=wq.arff --out runs

A seed draws its data: seeds 0 to 9 are the ten folds of one random division, 10 to 19 those of
another. Within ten seeds no sample is tested twice, so fresh seeds are fresh test samples; nine
tenths of the samples train every time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from scipy.io import arff
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import Recipe, Task, TaskSet, endless_batches, generator

INPUTS, FOLDS = 16, 10
RECIPE = Recipe(steps=300, batch_size=64, learning_rate=1e-3)
SPECIES = {  # and the number that heads its column
    **{"Cladophora": 25400, "Gongrosira": 29600, "Oedogonium": 30400, "Stigeoclonium": 33400},
    **{"Melosira": 17300, "Nitzschia": 19400, "Audouinella": 34500, "Erpobdella": 38100},
    **{"Gammarus": 49700, "Baetis": 50390, "Hydropsyche": 55800, "Rhyacophila": 57500},
    **{"Simulium": 59300, "Tubifex": 37880},
}


@dataclass(frozen=True)
class WaterQuality(TaskSet):
    """One species a task, on the same samples."""

    data: str = "wq.arff"  # an option: --set data=FILE
    widths: tuple[int, ...] = (64, 32)
    fold: int | None = None  # of all seeds alike; None takes the seed
    recipe: Recipe = RECIPE
    name = "wq"
    tasks = tuple(Task(species, higher_is_better=False) for species in SPECIES)
    split_modules = ("last",)

    def for_seed(self, seed: int) -> "WaterQuality":
        """The same with the fold of one seed."""
        return self if self.fold is not None else replace(self, fold=int(seed))

    def trunk(self) -> nn.Module:
        """Two layers that the species share."""
        first, last = self.widths
        trunk = nn.Sequential(nn.Linear(INPUTS, first), nn.ReLU())
        trunk.add_module("last", nn.Linear(first, last))
        return trunk.append(nn.ReLU())

    def head(self, task: str) -> nn.Module:  # noqa: ARG002
        """The abundance of one species."""
        return nn.Linear(self.widths[-1], 1)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Endless batches of the training samples."""
        inputs, target = self.samples(task, test=False)
        return endless_batches(inputs, target, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002
        """Mean squared error."""
        return F.mse_loss(output[:, 0], target)

    def score(self, task: str, predict) -> float:
        """Mean squared error relative to that of a constant."""
        inputs, target = self.samples(task, test=True)
        return (F.mse_loss(predict(inputs)[:, 0], target) / target.square().mean()).item()

    def samples(self, task: str, *, test: bool) -> tuple[Tensor, Tensor]:
        """Inputs [n, 16] and one target [n], both standardised by the training samples."""
        assert self.fold is not None  # runs ask `for_seed`
        inputs, targets = _read(self.data)
        division, fold = divmod(self.fold, FOLDS)
        order = torch.randperm(len(inputs), generator=generator(division, "folds"))
        tested = torch.zeros(len(inputs), dtype=torch.bool)
        tested[order[fold::FOLDS]] = True
        part = tested if test else ~tested
        standardised = [
            (values - values[~tested].mean(dim=0)) / values[~tested].std(dim=0)
            for values in (inputs, targets[:, list(SPECIES).index(task)])
        ]
        return standardised[0][part], standardised[1][part]


@cache
def _read(path: str) -> tuple[Tensor, Tensor]:
    """Inputs [1060, 16] and targets [1060, 14]."""
    rows, attributes = arff.loadarff(path)
    measured = attributes.names()[:INPUTS]
    inputs, targets = (
        torch.from_numpy(np.stack([rows[name].astype(np.float32) for name in names], axis=1))
        for names in (measured, [str(number) for number in SPECIES.values()])
    )
    return inputs, targets
