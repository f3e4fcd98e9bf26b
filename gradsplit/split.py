"""GradSplit: train a shared network so that each loss updates only the filters it may.

Source: "Split to Learn: Gradient Split for Multi-Task Human Image Analysis" (WACV 2023). Only
parameter gradients are masked; what flows to earlier layers is the true gradient.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from gradsplit.collect import RulesFor, Unsupported, collect
from gradsplit.errors import GradSplitError, MaskMismatchError
from gradsplit.owners import ChannelLists, Owners
from gradsplit.selection import SplitParameter
from relations.errors import all_problems


class Mask(Protocol):
    """What is needed of a `relations.GradientMask`."""

    @property
    def tasks(self) -> Sequence[str]:
        """Task names, in the order of rows and columns."""
        ...

    @property
    def may_update(self) -> NDArray[np.bool_]:
        """Shape [T, T]: row = source, column = group."""
        ...


# Which parameters are split, by identity; holds no reference to them or to the model.
_ATTACHED: WeakIdKeyDictionary = WeakIdKeyDictionary()


class GradSplit:
    """A gradient mask attached to a model.

    The forward pass, `state_dict` and inference stay as they are; nothing is stored on the model's
    modules. The split parameters carry a tensor hook until `remove()`.

    Args:
        model: Any network; its code does not change.
        mask: Which task's loss may update which task's channels.
        modules: Names of the modules whose parameters are divided, as in `named_modules()`.
        shares: Own share of the channels for some or all tasks, e.g. `{"reid": 0.5}`.
        owners: Own channel lists by number of channels; see `gradsplit.owners.Owners`.
        unsupported: What to do with a trainable parameter without a rule: "error" or "share" (it is
            left to all tasks).
        mode: "param" masks parameter gradients only; "feature" masks the cotangent of the split
            layers' outputs, so that earlier layers lose the paths through foreign groups too.
        rules: Own rules by module name or layer type; see `gradsplit.rules`.

    Raises:
        ModuleNameError: A name does not exist in the model or holds nothing to split.
        UnsupportedLayerError: Trainable layers without a rule; all of them at once.
        GradSplitError: `shares` or `owners` do not fit; the parameters are split already.

    Example:
        >>> import torch
        >>> from relations import GradientMask
        >>> model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4))
        >>> split = GradSplit(model, GradientMask.identity(["pose", "reid"]), modules=["2"])
        >>> with split.task("pose"):
        ...     model(torch.ones(1, 3)).sum().backward()
        >>> model[2].bias.grad
        tensor([1., 1., 0., 0.])
        >>> split.remove()
    """

    def __init__(
        self,
        model: nn.Module,
        mask: Mask,
        modules: Sequence[str] = ("layer4",),
        *,
        shares: Mapping[str, float] | None = None,
        owners: ChannelLists | None = None,
        unsupported: Unsupported = "error",
        mode: Literal["param", "feature"] = "param",
        rules: RulesFor | None = None,
    ) -> None:
        self.tasks = tuple(mask.tasks)
        self.owners = Owners(self.tasks, shares=shares, lists=owners)
        self._collected = collect(model, modules, self.owners, unsupported=unsupported, rules=rules)
        self.mode = mode
        self.modules = tuple(modules)
        self._may_update = _rows(mask, self.tasks)
        self._row: NDArray[np.bool_] | None = None
        self._refuse_second_attach()
        self._handles = [_hook(entry, self) for entry in self._collected.split]

    @property
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """The divided parameters by name."""
        return {entry.name: entry.parameter for entry in self._collected.split}

    @property
    def shared(self) -> tuple[str, ...]:
        """Names of trainable parameters inside the split modules that are left to all tasks."""
        return self._collected.shared

    @property
    def may_update(self) -> NDArray[np.bool_]:
        """The booleans in use, shape [T, T], in the order of `tasks`; a copy."""
        return self._may_update.copy()

    def set_mask(self, mask: Mask) -> None:
        """Use another mask from now on; owners stay.

        Args:
            mask: A mask for the same tasks, in any order.

        Raises:
            MaskMismatchError: Its tasks are others.
        """
        self._may_update = _rows(mask, self.tasks)

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Inside, every backward pass is of the losses of one task.

        Costs one pass over the gradients of the split parameters, none if the task may update all.

        Raises:
            MaskMismatchError: The mask has no such task.
            GradSplitError: Another regime is active, or the split no longer fits the model.
        """
        self._check_tasks([name])
        self._check_ready()
        self._row = self._may_update[self.tasks.index(name)].copy()
        try:
            yield
        finally:
            self._row = None

    def remove(self) -> None:
        """Leave the model as it was; the split cannot be used any more."""
        for handle in self._handles:
            handle.remove()
        self._handles = []
        for entry in self._collected.split:
            _ATTACHED.pop(entry.parameter, None)

    def _on_gradient(self, entry: SplitParameter, gradient: Tensor) -> Tensor | None:
        """Called by autograd with the whole gradient of a parameter before it is accumulated."""
        if self._row is not None:
            return entry.selection(self._row).apply(gradient)
        if self._may_update.all():
            return None
        raise GradSplitError(
            f"A gradient reached the split parameter `{entry.name}` and it is not known whose loss "
            "it comes from. Use split.backward({task: loss}), or run the backward pass inside "
            "`with split.task(name):`, or the forward pass inside `with split.samples(task_ids):`; "
            "split.remove() ends the split."
        )

    def _check_tasks(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self.tasks]
        if unknown:
            raise MaskMismatchError(
                f"The mask has no task {', '.join(map(repr, unknown))}; "
                f"it has {', '.join(self.tasks)}."
            )

    def _check_ready(self) -> None:
        """Refuse to work when the split no longer describes the model, or another regime runs."""
        if not self._handles:
            raise GradSplitError("This split was removed; attach a new one: GradSplit(model, ...).")
        if self._row is not None:
            raise GradSplitError(
                "The regimes cannot be nested: leave `with split.task(...)` before the next one."
            )
        replaced = [
            place.name
            for place, parameter in self._collected.places
            if place.holder._parameters.get(place.key) is not parameter
        ]
        if replaced:
            raise GradSplitError(
                all_problems(
                    "Parameters were replaced after the split was attached; attach it again after "
                    "loading, quantising or rebuilding",
                    [f"`{name}`" for name in replaced],
                )
            )

    def _refuse_second_attach(self) -> None:
        taken = [e.name for e in self._collected.split if e.parameter in _ATTACHED]
        if taken:
            raise GradSplitError(
                f"{len(taken)} parameters are split already, first `{taken[0]}`: call remove() on "
                "the other split before, or use its set_mask() for another mask."
            )
        for entry in self._collected.split:
            _ATTACHED[entry.parameter] = True


def _rows(mask: Mask, tasks: Sequence[str]) -> NDArray[np.bool_]:
    """The booleans of a mask in the order of `tasks`."""
    if sorted(mask.tasks) != sorted(tasks):
        raise MaskMismatchError(
            f"Expected a mask for the tasks {', '.join(tasks)}, got {', '.join(mask.tasks)}."
        )
    may_update = np.asarray(mask.may_update, dtype=bool)
    if may_update.shape != (len(tasks), len(tasks)):
        raise MaskMismatchError(
            f"`may_update` must be {len(tasks)} x {len(tasks)}, got {may_update.shape}."
        )
    order = [list(mask.tasks).index(name) for name in tasks]
    return may_update[np.ix_(order, order)]


def _hook(entry: SplitParameter, split: GradSplit):
    """Hook a parameter, also one that is frozen now and may be unfrozen later."""
    trainable = entry.parameter.requires_grad
    entry.parameter.requires_grad_(True)
    handle = entry.parameter.register_hook(lambda gradient: split._on_gradient(entry, gradient))
    entry.parameter.requires_grad_(trainable)
    return handle
