"""A task set whose lower stages are trained already and stay as they are."""

import copy
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import TaskSetError
from gradsplit.training.fit import fit
from gradsplit.training.taskset import Predict, TaskSet


class Frozen(TaskSet):
    """A task set behind fixed lower stages; what is trained is the last stage and the heads.

    The last stage and the heads start as in the task set's own runs of the seed, and the batches
    are theirs. The output of the lower stages is computed once for each different picture and kept,
    which is exact, and only helps where a task set shows the same pictures again. For vectors it
    is computed each time, which is cheaper.

    Args:
        base: A task set whose trunk is a sequence of named children, the last one trained.
        lower: All children but the last, trained.
        joint: Seed of the joint run that they come from.
    """

    def __init__(self, base: TaskSet, lower: nn.Module, joint: int) -> None:
        self.base = base
        self.lower = lower.eval().requires_grad_(False)
        self.joint = joint
        self.name = f"{base.name}, lower stages frozen"
        self.tasks = base.tasks
        self.recipe = base.recipe
        self.kept: dict[bytes, Tensor] = {}

    def for_seed(self, seed: int) -> "Frozen":
        """Of the data of one seed; what is kept of the inputs goes along."""
        changed = copy.copy(self)
        changed.base = self.base.for_seed(seed)
        return changed

    def trunk(self) -> nn.Module:
        """The last stage alone, as the task set draws it."""
        return divided(self.base.trunk())[1]

    def head(self, task: str) -> nn.Module:
        """The task set's."""
        return self.base.head(task)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """The task set's batches, as the last stage sees them."""
        for inputs, target in self.base.batches(task, seed):
            yield self.features(inputs), target

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """The task set's."""
        return self.base.loss(task, output, target)

    def score(self, task: str, predict: Predict) -> float:
        """The task set's."""
        return self.base.score(task, lambda inputs: predict(self.features(inputs)))

    def settings(self) -> dict[str, Any]:
        """The task set's, and where the lower stages are from."""
        return {**self.base.settings(), "frozen": {"joint run": self.joint}}

    def features(self, inputs: Tensor) -> Tensor:
        """What the lower stages make of inputs [N, ...]."""
        if inputs.dim() < 4:
            with torch.no_grad():
                return self.lower(inputs)
        keys = [one.numpy().tobytes() for one in inputs]
        new = [number for number, key in enumerate(keys) if key not in self.kept]
        if new:
            with torch.no_grad():
                found = self.lower(inputs[new])
            # Copies: a view would keep the whole batch in memory.
            self.kept |= {keys[number]: one.clone() for number, one in zip(new, found, strict=True)}
        features = torch.stack([self.kept[key] for key in keys])
        # As the trunks of the task sets lie in memory.
        return features.contiguous(memory_format=torch.channels_last)


def frozen(base: TaskSet, joint: int) -> Frozen:
    """A task set behind the lower stages of one of its joint runs.

    Args:
        base: The task set.
        joint: Seed of the joint run, which is trained here.
    """
    trained = fit(base, base.task_names, joint).network.trunk
    return Frozen(base, divided(trained)[0], joint)


def divided(trunk: nn.Module) -> tuple[nn.Module, nn.Module]:
    """All children of a trunk but the last, and the last, one after the other each.

    Raises:
        TaskSetError: There is only one.
    """
    children = list(trunk.named_children())
    if len(children) < 2:
        raise TaskSetError("A trunk of one stage has no lower stages to freeze.")
    lower, last = (nn.Sequential(OrderedDict(some)) for some in (children[:-1], children[-1:]))
    return lower, last
