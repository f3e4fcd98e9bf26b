"""What it costs to keep unfinished runs: one file, and a step, beside the same without.

python benchmarks/checkpoint/checkpoint.py

Three networks with Adam on drawn numbers: the planted one, a ResNet-18, a ResNet-50. A file holds
weights, two moments and the losses; it is written every five minutes by default.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit import load_taskset
from gradsplit.tasksets.parts.trunks import backbone
from gradsplit.training.checkpoint import DEFAULT_MINUTES, Checkpoints
from gradsplit.training.fit import fit
from gradsplit.training.recipe import Recipe
from gradsplit.training.step import OnStep
from gradsplit.training.taskset import Predict, TaskSet
from relations import Task

_RECIPE = Recipe(steps=12, batch_size=4, optimizer="adam")


@dataclass(frozen=True)
class Drawn(TaskSet):
    """Two tasks on noise through a ResNet of a library."""

    backbone: str = "transformers:resnet18"
    recipe: Recipe = _RECIPE
    name = "drawn"
    tasks = (Task("a"), Task("b"))
    split_modules = ("layer4",)

    def trunk(self) -> nn.Module:
        """The ResNet and its pooling."""
        return nn.Sequential(backbone(self.backbone), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def head(self, task: str) -> nn.Module:  # noqa: ARG002 - all alike
        """Ten classes."""
        return nn.Linear(backbone(self.backbone).channels, 10)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:  # noqa: ARG002
        """The same noise again and again."""
        size = self.recipe.batch_size
        inputs, labels = torch.randn(size, 3, 64, 64), torch.randint(10, (size,))
        while True:
            yield inputs, labels

    def loss(self, task: str, output: Any, target: Any) -> Tensor:  # noqa: ARG002
        """Cross-entropy."""
        return nn.functional.cross_entropy(output, target)

    def score(self, task: str, predict: Predict) -> float:  # noqa: ARG002
        """Nothing is judged."""
        return 1.0


def noting(ends: list[float]) -> OnStep:
    """When each step has ended."""
    return lambda *_: ends.append(time.perf_counter())


def measured(taskset: TaskSet, repeats: int) -> dict[str, float]:
    """Seconds of a step without and with a checkpoint that is not due, and of one file; its MB."""
    tasks, steps = taskset.task_names[:2], taskset.recipe.steps
    seconds: dict[bool, list[float]] = {False: [], True: []}
    with TemporaryDirectory() as folder:
        for _ in range(repeats):
            for kept in (False, True):
                checkpoint = Checkpoints(Path(folder)).of(tasks, 0) if kept else None
                ends: list[float] = []
                fit(taskset, tasks, 0, checkpoint=checkpoint, on_step=noting(ends))
                seconds[kept].append((ends[-1] - ends[0]) / (steps - 1))
        often = Checkpoints(Path(folder), minutes=1e-9).of(tasks, 0)
        writes: list[float] = []
        plain = often.write

        def timed(content: Any) -> None:
            start = time.perf_counter()
            plain(content)
            writes.append(time.perf_counter() - start)

        often.write = timed
        fit(taskset.with_recipe(steps=5), tasks, 0, checkpoint=often)
        size = often.path.stat().st_size / 1e6
    without, with_it = (statistics.median(seconds[kept]) for kept in (False, True))
    return {
        "step [ms]": 1e3 * without,
        "step with it [ms]": 1e3 * with_it,
        "file [MB]": size,
        "file [s]": statistics.median(writes),
    }


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    sets = {
        "planted": load_taskset("planted", {"steps": 200}),
        "ResNet-18": Drawn("transformers:resnet18"),
        "ResNet-50": Drawn("transformers:resnet50"),
    }
    print(
        "| network | step [ms] | step with it [ms] | file [MB] | file [s] | of five minutes [%] |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for name, taskset in sets.items():
        seen = measured(taskset, repeats)
        share = 100 * seen["file [s]"] / (60 * DEFAULT_MINUTES)
        numbers = " | ".join(f"{value:.3g}" for value in seen.values())
        print(f"| {name} | {numbers} | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
