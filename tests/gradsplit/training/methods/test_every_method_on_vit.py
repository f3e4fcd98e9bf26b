"""Every method trains a ViT of transformers, or says in words why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.recipe import Recipe
from gradsplit.training.seeding import generator
from gradsplit.training.taskset import Predict, TaskSet
from relations import GradientMask
from relations.tasks import Task

transformers = pytest.importorskip("transformers")

NEED_NORMS = ("multi-head-bn", "multi-head-tbn", "apart-bn")
TASKS = ("shape", "place", "light")
MASK = GradientMask(TASKS, [[True, False, True], [True, True, False], [False, True, True]])
OPTIONS = {
    "weights": "weights:shape=0.5",
    "dropgrad": "dropgrad:rate=0.5",
    "pcd": "pcd:primary=shape",
    "hydalearn": "hydalearn:main=shape",
    "quiet-source": "quiet-source:source=shape,target=place",
    "cross-stitch": "cross-stitch:stages=vit.layers.0+vit.layers.1",
    "nddr": "nddr:stages=vit.layers.0+vit.layers.1",
    "mtan": "mtan:stages=vit.layers.0+vit.layers.1",
    "sfg": "sfg:modules=vit",
}
RECIPE = Recipe(steps=2, batch_size=2, optimizer="adamw", learning_rate=1e-3)
NAMES = [name for name, one in registered().items() if not one.searched]


class Features(nn.Module):
    """The class token's features [N, 12] of a small ViT."""

    def __init__(self) -> None:
        super().__init__()
        config = transformers.ViTConfig(
            hidden_size=12, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
            image_size=8, patch_size=4,
        )  # fmt: skip
        self.vit = transformers.ViTModel(config, add_pooling_layer=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.vit(images).last_hidden_state[:, 0]


@dataclass(frozen=True)
class Pictures(TaskSet):
    """Random ones."""

    recipe: Recipe = RECIPE
    name = "pictures"
    tasks = tuple(Task(name) for name in TASKS)
    split_modules = ("vit.layers.1",)

    def trunk(self) -> nn.Module:
        return Features()

    def head(self, task: str) -> nn.Module:
        return nn.Linear(12, 2)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        drawing = generator(seed, "pictures", task)
        while True:
            images = torch.randn(2, 3, 8, 8, generator=drawing)
            yield images, torch.randint(0, 2, (2,), generator=drawing)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        return nn.functional.cross_entropy(output, target)

    def score(self, task: str, predict: Predict) -> float:
        images, _ = next(self.batches(task, 9))
        return float(predict(images).sum())


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_the_same_way_twice(name: str) -> None:
    method = build(read_methods((OPTIONS.get(name, name),))[0], lambda *_: MASK)
    if name in NEED_NORMS:
        with pytest.raises(GradSplitError, match="has no BatchNorm, and no GroupNorm"):
            fit(Pictures(), TASKS, 0, method=method)
        return
    scores = fit(Pictures(), TASKS, 0, method=method).scores
    assert all(np.isfinite(score) for score in scores.values())
    assert fit(Pictures(), TASKS, 0, method=method).scores == scores
