"""Twelve toxicity assays on the same kind of molecules, with holes in the labels (Tox21).

The file is not part of the project: `tox21.csv.gz` of deepchem's datasets, a column an assay (0, 1
or empty) and a column `smiles`. Score: area under the ROC curve on a fifth of the molecules.

    gradsplit probe docs/examples/tox21.py:Tox21 --set data=tox21.csv.gz --out runs
"""

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import Recipe, Task, TaskSet, endless_batches, generator

ASSAYS = (
    *("NR-AR", "NR-AR-LBD", "NR-AhR", "NR-Aromatase", "NR-ER", "NR-ER-LBD", "NR-PPAR-gamma"),
    *("SR-ARE", "SR-ATAD5", "SR-HSE", "SR-MMP", "SR-p53"),
)
FEATURES = 1024


@dataclass(frozen=True)
class Tox21(TaskSet):
    """One assay a task, on molecules described by the pieces of their SMILES."""

    data: str = "tox21.csv.gz"  # an option: --set data=FILE
    widths: tuple[int, ...] = (64, 32)
    name = "tox21"
    tasks = tuple(Task(assay) for assay in ASSAYS)
    split_modules = ("last",)
    recipe = Recipe(steps=600, batch_size=64, optimizer="adam", learning_rate=1e-3)

    def trunk(self) -> nn.Module:
        """Two layers that the assays share."""
        first, last = self.widths
        trunk = nn.Sequential(nn.Linear(FEATURES, first), nn.ReLU())
        trunk.add_module("last", nn.Linear(first, last))
        return trunk.append(nn.ReLU())

    def head(self, task: str) -> nn.Module:  # noqa: ARG002
        """A logit of an assay's own."""
        return nn.Linear(self.widths[-1], 1)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Endless batches of the molecules that have a label of the assay."""
        inputs, labels = self.molecules(task, test=False)
        return endless_batches(inputs, labels, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002
        """Cross entropy."""
        return F.binary_cross_entropy_with_logits(output[:, 0], target)

    def score(self, task: str, predict) -> float:
        """Area under the ROC curve: how often an active molecule comes before an inactive one."""
        inputs, labels = self.molecules(task, test=True)
        ranks = rankdata(predict(inputs)[:, 0].numpy())
        active = labels.numpy() == 1
        count = active.sum()
        return (ranks[active].sum() - count * (count + 1) / 2) / (count * (~active).sum())

    def molecules(self, task: str, *, test: bool) -> tuple[Tensor, Tensor]:
        """Features [n, 1024] and labels [n] of one part."""
        features, labels = _read(self.data)
        order = torch.randperm(len(features), generator=generator(0, "test molecules"))
        part = order[: len(order) // 5] if test else order[len(order) // 5 :]
        column = labels[part, ASSAYS.index(task)]
        known = part[~column.isnan()]
        return features[known], labels[known, ASSAYS.index(task)]


@cache
def _read(path: str) -> tuple[Tensor, Tensor]:
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    counts = np.zeros((len(rows), FEATURES), dtype=np.float32)
    for place, row in enumerate(rows):
        text = row["smiles"].encode()
        pieces = (text[i : i + n] for n in (1, 2, 3, 4) for i in range(len(text) - n + 1))
        np.add.at(counts[place], [crc32(piece) % FEATURES for piece in pieces], 1)
    labels = [[float(row[assay] or "nan") for assay in ASSAYS] for row in rows]
    return torch.from_numpy(np.log1p(counts)), torch.tensor(labels)
