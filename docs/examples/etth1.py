"""Seven series of an electricity transformer, each forecast from the window of all seven (ETTh1).

The file is not part of the project: `ETTh1.csv` of zhouhaoyi/ETDataset, hours in rows, a column
`date` and a column a series. A task forecasts the next day of its own series from the last two
days of all; with four days small networks learn the months by heart. The file is divided by time:
twelve months to train, four for validation, four for the test, the last four are not used.

Score: mean squared error, in variances of the series over the training months. A constant answer,
which a probe compares with, is the mean of the window's last day. HUFL, HULL, MUFL, MULL and LULL
are well below it, LUFL and OT a little in the validation months; in the test months OT is not.

    gradsplit probe docs/examples/etth1.py:ETTh1 --set data=ETTh1.csv --out runs

A seed draws initial weights and the order of samples: months are the same for all seeds.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gradsplit import Recipe, Task, TaskSet, endless_batches

SERIES = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
DAY, MONTH = 24, 30 * 24  # in hours
RECIPE = Recipe(steps=400, batch_size=64, learning_rate=1e-3, weight_decay=3.0)


@dataclass(frozen=True)
class ETTh1(TaskSet):
    """One series a task, on shared windows."""

    data: str = "ETTh1.csv"  # an option: --set data=FILE
    # Masks and weights are chosen on the validation months; a table of methods is made on the test.
    judge: Literal["validation", "test"] = "validation"
    window: int = 2 * DAY  # hours that a forecast sees
    widths: tuple[int, ...] = (64, 32)
    recipe: Recipe = RECIPE
    name = "etth1"
    tasks = tuple(Task(series, higher_is_better=False) for series in SERIES)
    split_modules = ("last",)

    @property
    def judged_on_test(self) -> bool:  # type: ignore[override]
        """Whether scores are those of the test months."""
        return self.judge == "test"

    def on_test(self) -> "ETTh1 | None":
        """The same judged on the test months; None where it is already."""
        return None if self.judged_on_test else replace(self, judge="test")

    def trunk(self) -> nn.Module:
        """Two layers that the series share."""
        first, last = self.widths
        trunk = nn.Sequential(nn.Flatten(), nn.Linear(len(SERIES) * self.window, first), nn.ReLU())
        trunk.add_module("last", nn.Linear(first, last))
        return trunk.append(nn.ReLU())

    def head(self, task: str) -> nn.Module:  # noqa: ARG002
        """The next hours of one series."""
        return nn.Linear(self.widths[-1], DAY)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Endless batches of windows of the training months."""
        windows, future = self.forecasts(task, "train")
        return endless_batches(windows, future, self.recipe.batch_size, seed, task)

    def loss(self, task: str, output: Tensor, target: Tensor) -> Tensor:  # noqa: ARG002
        """Mean squared error."""
        return F.mse_loss(output, target)

    def score(self, task: str, predict) -> float:
        """Mean squared error over the months that are judged on."""
        windows, future = self.forecasts(task, self.judge)
        return F.mse_loss(predict(windows), future).item()

    def forecasts(self, task: str, part: str) -> tuple[Tensor, Tensor]:
        """Windows [n, 7, window] and the next day [n, 24] of one series, of some months.

        Both are differences from the mean of the window's last day: the level of a series wanders
        from month to month, and a network that learnt levels would fail in months it has not seen.
        """
        stretches = _stretches(self.data, self.window, part)
        return stretches[:, :, :-DAY], stretches[:, SERIES.index(task), -DAY:]


@cache
def _stretches(path: str, window: int, part: str) -> Tensor:
    """Windows and the day after each [n, 7, window + 24], less the mean of the day before it."""
    first, last = {"train": (0, 12), "validation": (12, 16), "test": (16, 20)}[part]
    # The first window of validation and test reaches back into the months before.
    series = _read(path)[max(first * MONTH - window, 0) : last * MONTH]
    stretches = series.unfold(0, window + DAY, 1)
    return stretches - stretches[:, :, window - DAY : window].mean(dim=2, keepdim=True)


@cache
def _read(path: str) -> Tensor:
    """All hours [n, 7], in standard deviations of the training months."""
    with Path(path).open(newline="") as file:
        rows = [[float(row[series]) for series in SERIES] for row in csv.DictReader(file)]
    series = torch.tensor(rows)
    train = series[: 12 * MONTH]
    return (series - train.mean(dim=0)) / train.std(dim=0)
