"""The slow way that is plainly right, one backward pass a task, and a check of the fast ways by it.

Cost of the reference: T backward passes through the whole network and T gradients in memory.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.utils._pytree import tree_map

from gradsplit.engine.exactness import Exactness, refuse_not_finite
from gradsplit.engine.feature_reference import MaskedOutputs
from gradsplit.engine.parameters import module_names
from gradsplit.engine.rounding import noise_floor, relative_errors, rounding_of
from gradsplit.engine.sharding import refuse_copy
from gradsplit.engine.split import GradSplit
from gradsplit.engine.task_order import Mask, check_losses
from gradsplit.errors import MaskMismatchError, NotExactError

Losses = Mapping[str, Callable[[Any], Tensor]]
"""Task -> loss of the model's output, a scalar tensor."""


def reference_gradients(
    split: GradSplit, losses: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter]
) -> dict[str, Tensor]:
    """Masked gradients by one backward pass a task.

    Args:
        split: What is split, and the mask.
        losses: A scalar loss a task; their graphs are kept.
        parameters: The parameters to differentiate by, by name; split or not.

    Raises:
        NotExactError: The split is of mode="feature", which defines other gradients.

    Returns:
        The masked sum for each parameter, zeros where no loss reaches it.
    """
    if split.mode != "param":
        raise NotExactError("The reference is that of mode='param'; mode='feature' has another.")
    owners = {id(entry.parameter): entry.owner for entry in split.entries}
    may_update = split.may_update
    totals = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    for task, loss in losses.items():
        with split.unmasked():
            gradients = torch.autograd.grad(
                loss, list(parameters.values()), retain_graph=True, allow_unused=True
            )
        row = may_update[split.tasks.index(task)]
        for (name, parameter), gradient in zip(parameters.items(), gradients, strict=True):
            if gradient is None:
                continue
            gradient = gradient.to_dense()
            if id(parameter) in owners:
                allowed = torch.from_numpy(row[owners[id(parameter)]]).to(gradient.device)
                gradient = torch.where(allowed, gradient, torch.zeros_like(gradient))
            totals[name] = totals[name] + gradient
    return totals


def check_exact(
    model: nn.Module,
    mask: Mask,
    batch: Any,
    losses: Losses,
    modules: Sequence[str | nn.Module] = ("layer4",),
    *,
    task_ids: ArrayLike | Tensor | None = None,
    tolerance: float | None = None,
    **options: Any,
) -> Exactness:
    """Compare every regime with the reference, on a user's own model and batch.

    Works on a copy: the model, its gradients and running statistics stay as they are. Random
    numbers (dropout) are the same in every forward pass. TF32, which torch uses on a GPU in
    convolutions of float32, is off during the check. Most telling in float64:
    `check_exact(model.double(), mask, batch.double(), ...)`.

    Args:
        model: The network, as it will be trained (training mode, frozen parts).
        mask: The mask.
        batch: Its input: a tensor, a tuple of arguments or a dict of keyword arguments.
        losses: Task -> function of the model's output that gives a scalar. Functions must be the
            same when called again, and should hold no parameters to be trained.
        modules: The split modules.
        task_ids: The task of each sample, to check mixed batches too; a loss is then called with
            the outputs of its own samples.
        tolerance: Largest relative error; default 1e-12 for float64 parameters, 1e-5 for float32
            and 1e-2 below, or what plain gradients differ by when they are summed in another
            order, at most 1e-5, where parts of the network compute in lower precision.
        options: Further options of `GradSplit`, e.g. `unsupported="share"` or `mode="feature"`,
            whose reference masks the outputs of the split layers by hooks on modules.

    Returns:
        The errors by regime and parameter.

    Raises:
        NotExactError: An error is above the tolerance; the message has the worst parameters. Or
            nothing can be compared: gradients are not finite, or zero in all split parameters.
        GradSplitError: As `GradSplit` and its regimes.

    Example:
        >>> from relations import GradientMask
        >>> model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4)).double()
        >>> losses = {"pose": lambda y: y.square().mean(), "reid": lambda y: y.abs().mean()}
        >>> mask = GradientMask.identity(["pose", "reid"])
        >>> check_exact(model, mask, torch.randn(5, 3).double(), losses, modules=["2"]).exact
        True
    """
    refuse_copy(model)
    names = module_names(model, modules, tuple(losses))
    model = copy.deepcopy(model)
    split = GradSplit(model, mask, names, **options)
    check_losses(losses, split.tasks)
    if not losses:
        raise MaskMismatchError(
            f"`losses` must name tasks of the mask ({', '.join(split.tasks)}), got none."
        )
    check = _Check(model, split, batch, losses)
    with _without_tf32():
        errors = {"task": check.task(), "backward": check.backward()}
        if task_ids is not None:
            errors["samples"] = check.samples(torch.as_tensor(task_ids))
        given = max(rounding_of(parameter) for parameter in check.parameters.values())
        result = Exactness(
            errors, given if tolerance is None else tolerance, nothing_arrived=check.nothing_arrived
        )
        if not result.exact and tolerance is None:
            result = replace(result, noise=check.noise())
    owned = {id(entry.parameter) for entry in split.entries}
    result.refuse([name for name, value in check.parameters.items() if id(value) in owned])
    return result


@contextmanager
def _without_tf32() -> Iterator[None]:
    """Float32 products with all their digits: TF32 keeps ten bits, and would pass for a mistake."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    # Since torch 2.9 the older flags cannot be read by who has set one of the newer ones.
    newer = hasattr(cudnn, "conv")
    name, off = ("fp32_precision", "ieee") if newer else ("allow_tf32", False)
    switches = [matmul, cudnn.conv, cudnn.rnn] if newer else [matmul, cudnn]
    before = [getattr(switch, name) for switch in switches]
    try:
        for switch in switches:
            setattr(switch, name, off)
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            setattr(switch, name, value)


@dataclass
class _Check:
    model: nn.Module
    split: GradSplit
    batch: Any
    losses: Losses

    def __post_init__(self) -> None:
        self.parameters = {
            name: parameter
            for name, parameter in self.model.named_parameters()
            if parameter.requires_grad
        }
        feature = self.split.mode == "feature"
        self.masked_outputs = MaskedOutputs(self.model, self.split) if feature else None
        self.nothing_arrived = set(self.parameters)

    def forward(self) -> Any:
        """The model's output, with the same random numbers every time."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            if isinstance(self.batch, tuple | list):
                return self.model(*self.batch)
            if isinstance(self.batch, Mapping):
                return self.model(**self.batch)
            return self.model(self.batch)

    def evaluate(self, outputs: Mapping[str, Any]) -> dict[str, Tensor]:
        """The loss of each task, with the same random numbers every time."""
        by_task = {}
        for task, output in outputs.items():
            with torch.random.fork_rng():
                torch.manual_seed(1)
                by_task[task] = self.losses[task](output)
        return by_task

    def reference(self, outputs: Callable[[], Mapping[str, Any]]) -> dict[str, Tensor]:
        """The slow gradients of a forward pass, or of one a task."""
        if self.masked_outputs is None:
            return reference_gradients(self.split, self.evaluate(outputs()), self.parameters)
        with self.masked_outputs.watching():
            losses = self.evaluate(outputs())
        return self.masked_outputs.gradients(losses, self.parameters)

    def task(self) -> dict[str, float]:
        """One forward and backward pass a task."""
        wanted = self.reference(lambda: {task: self.forward() for task in self.losses})
        for task in self.losses:
            if self.masked_outputs is not None:
                self.split.backward(self.evaluate({task: self.forward()}))
                continue
            with self.split.task(task):
                self.evaluate({task: self.forward()})[task].backward()
        return self._errors(wanted)

    def backward(self) -> dict[str, float]:
        """All tasks on one forward pass."""
        wanted = self.reference(lambda: dict.fromkeys(self.losses, self.forward()))
        self.split.backward(self.evaluate(dict.fromkeys(self.losses, self.forward())))
        return self._errors(wanted)

    def noise(self) -> float:
        """How far plain gradients are apart for rounding alone."""
        losses = self.evaluate(dict.fromkeys(self.losses, self.forward()))
        with self.split.unmasked():
            return noise_floor(list(losses.values()), self.parameters)

    def samples(self, task_ids: Tensor) -> dict[str, float]:
        """One forward pass of a mixed batch."""
        wanted = self.reference(lambda: self._by_task(self.forward(), task_ids))
        with self.split.samples(task_ids, audit=False):
            output = self.forward()
        losses = self.evaluate(self._by_task(output, task_ids))
        torch.stack([loss.reshape(()) for loss in losses.values()]).sum().backward()
        return self._errors(wanted)

    def _by_task(self, output: Any, task_ids: Tensor) -> dict[str, Any]:
        """The outputs of each task's samples."""

        def rows(index: int) -> Callable[[Any], Any]:
            def of(value: Any) -> Any:
                batched = isinstance(value, Tensor) and value.ndim > 0
                if not batched or value.shape[0] != len(task_ids):
                    return value
                return value[(task_ids == index).to(value.device)]

            return of

        present = set(task_ids.tolist())
        return {
            task: tree_map(rows(index), output)
            for index, task in enumerate(self.split.tasks)
            if task in self.losses and index in present
        }

    def _errors(self, wanted: Mapping[str, Tensor]) -> dict[str, float]:
        gradients = {}
        for name, parameter in self.parameters.items():
            gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            gradients[name] = gradient.to_dense()
            parameter.grad = None
        refuse_not_finite(wanted)
        self.nothing_arrived -= {name for name, value in wanted.items() if bool(value.any())}
        return relative_errors(gradients, wanted)
