"""GradSplit: train a shared network so that each loss updates only the filters it may.

Source: "Split to Learn: Gradient Split for Multi-Task Human Image Analysis" (WACV 2023). Only
parameter gradients are masked; what flows to earlier layers is the true gradient.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from gradsplit.engine.autograd_graph import AutogradGraph, edges, loss_problems
from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.coupling import refuse_coupling
from gradsplit.engine.guard import Guard
from gradsplit.engine.mixed_mode import MixedBatchMode, not_compiled
from gradsplit.engine.owners import ChannelLists, Owners
from gradsplit.engine.parameters import RulesFor, Unsupported, collect, widths_of
from gradsplit.engine.selection import SplitParameter
from gradsplit.engine.shared_backward import CutBackward
from gradsplit.engine.task_order import Mask, checked_ids, mask_rows
from gradsplit.errors import GradSplitError, MaskMismatchError, all_problems

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
        owners: Own channel lists by number of channels, each channel once, e.g.
            `{512: {"pose": range(0, 300), "reid": range(300, 512)}}`.
        unsupported: What to do with a trainable parameter without a rule: "error" or "share" (it is
            left to all tasks).
        mode: "param" masks parameter gradients only; "feature" masks what flows back through the
            split layers' outputs, so that a loss does not reach earlier layers through channels
            that it may not update; it works through `backward` only.
        rules: Own rules by module name or layer type; see `gradsplit.register_rule`.

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
        if mode not in ("param", "feature"):
            raise GradSplitError(f"`mode` must be 'param' or 'feature', got {mode!r}.")
        self.mode = mode
        self.modules = tuple(modules)
        self._model = model
        self._may_update = mask_rows(mask, self.tasks)
        self._batch: MixedBatchMode | None = None
        self._refuse_second_attach()
        self._guard = Guard(self._collected.split)
        self._guard.masks_nothing = bool(self._may_update.all())

    @property
    def entries(self) -> tuple[SplitParameter, ...]:
        """The divided parameters with the owners of their elements."""
        return self._collected.split

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

    def table(self) -> str:
        """Who owns what, as text: for each width of layer the channels of every task.

        Layers of one width have the same owners, so the two sides of a residual sum are aligned.
        """
        lines = []
        for width in sorted(widths := widths_of(self._collected.split)):
            names = ", ".join(widths[width])
            lines += [f"{width} channels ({names})"]
            lines += [f"  {line}" for line in self.owners.table(width).splitlines()]
        if self.shared:
            lines.append(f"left to all tasks: {', '.join(self.shared)}")
        return "\n".join(lines)

    def set_mask(self, mask: Mask) -> None:
        """Use another mask from now on; owners stay.

        Args:
            mask: A mask for the same tasks, in any order.

        Raises:
            MaskMismatchError: Its tasks are others.
        """
        self._may_update = mask_rows(mask, self.tasks)
        self._guard.masks_nothing = bool(self._may_update.all())

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Inside, every backward pass is of the losses of one task.

        Costs one pass over the gradients of the split parameters, none if the task may update all.

        Raises:
            MaskMismatchError: The mask has no such task.
            GradSplitError: Another regime is active, or the split no longer fits the model.
        """
        self._check_tasks([name])
        self._check_ready(needs_losses=True)
        with self._guard.of_row(self._row(name)):
            yield

    @contextmanager
    def samples(self, task_ids: ArrayLike | Tensor) -> Iterator[None]:
        """Inside, the forward pass is of a mixed batch: sample n is of task `tasks[task_ids[n]]`.

        One ordinary backward pass follows, inside or after the block. Each weight learns from the
        samples that may teach it. Losses may couple samples of one task, not of several.

        Args:
            task_ids: Index into `tasks` of every sample, shape [N], integers. Fastest when samples
                of a task lie next to each other.

        Raises:
            MaskMismatchError: An id is no index of a task.
            NotExactError: A layer couples samples (training-mode BatchNorm), or keeps them in
                another dimension than the first.
            GradSplitError: Another regime is active, or the split no longer fits the model.
        """
        self._check_ready(needs_losses=True)
        batch_tasks = BatchTasks(checked_ids(task_ids, self.tasks), self._may_update)
        if len(batch_tasks.parts) > 1:
            refuse_coupling(self._model, self.modules)
        self._guard.forget()
        constants = [*self._model.parameters(), *self._model.buffers()]
        batch = MixedBatchMode(batch_tasks, self._collected.split, constants, self._guard)
        try:
            with batch, not_compiled():
                self._batch = batch
                yield
        finally:
            self._batch = None

    def checkpoint_context(self) -> tuple[AbstractContextManager[None], AbstractContextManager]:
        """Contexts for gradient checkpointing inside `samples`, so that recomputation is masked.

        `checkpoint(block, x, use_reentrant=False, context_fn=split.checkpoint_context)`; outside a
        mixed batch it changes nothing.
        """
        return (nullcontext(), nullcontext()) if self._batch is None else self._batch.checkpoint()

    def backward(self, losses: Mapping[str, Tensor]) -> None:
        """Accumulate all gradients of the summed losses, masked in the split part.

        Takes the place of `sum(losses.values()).backward()`, for losses of one forward pass or of
        separate ones. Tasks may be missing.

        Args:
            losses: A scalar loss for each task of this step, weights included.

        Raises:
            MaskMismatchError: The mask has no such task.
            GradSplitError: A loss is no scalar or depends on no trainable parameter.
        """
        self._check_tasks(list(losses))
        self._check_ready()
        problems = loss_problems(losses.items()) or ([] if losses else ["No losses were given."])
        if problems:
            raise GradSplitError(all_problems("The losses cannot be used", problems))
        by_row: dict[bytes, list[Tensor]] = {}
        for name, loss in losses.items():
            by_row.setdefault(self._row(name).tobytes(), []).append(loss)
        rows = [np.frombuffer(key, dtype=bool) for key in by_row]
        feature = self.mode == "feature"
        if len(rows) > 1 or feature:
            graph = AutogradGraph(list(by_row.values()), self.parameters.values())
            if feature or not graph.separate():
                self._backward_shared(graph, rows)
                return
        for row, of_row in zip(rows, by_row.values(), strict=True):
            with self._guard.of_row(row):
                torch.autograd.backward(of_row)

    def _backward_shared(self, graph: AutogradGraph, rows: Sequence[NDArray[np.bool_]]) -> None:
        """Several rows that share a forward pass."""
        feature = self.mode == "feature"
        totals = CutBackward(graph, rows, self._collected.split, feature=feature).run()
        masked = {
            id(graph.leaves[leaf]): totals[leaf, 0]
            for leaf in graph.split_leaves
            if (leaf, 0) in totals
        }
        self._guard.forget()
        for entry in self._collected.split:
            if id(entry.parameter) in masked:
                self._guard.vouch(entry, masked[id(entry.parameter)])
        torch.autograd.backward(edges(totals), list(totals.values()))  # type: ignore[arg-type]

    @contextmanager
    def unmasked(self) -> Iterator[None]:
        """Inside, gradients are those of plain training: for diagnosis, not for training."""
        with self._guard.unmasked():
            yield

    def remove(self) -> None:
        """Leave the model as it was; the split cannot be used any more."""
        self._guard.remove()
        for entry in self._collected.split:
            _ATTACHED.pop(entry.parameter, None)

    def _row(self, name: str) -> NDArray[np.bool_]:
        return self._may_update[self.tasks.index(name)]

    def _check_tasks(self, names: Sequence[str]) -> None:
        unknown = [name for name in names if name not in self.tasks]
        if unknown:
            raise MaskMismatchError(
                f"The mask has no task {', '.join(map(repr, unknown))}; "
                f"it has {', '.join(self.tasks)}."
            )

    def _check_ready(self, *, needs_losses: bool = False) -> None:
        """Refuse to work when the split no longer describes the model, or another regime runs."""
        if needs_losses and self.mode == "feature":
            raise GradSplitError(
                "mode='feature' masks what flows back from each loss: use split.backward({task: "
                "loss}), with one task or several, on one batch or a batch each."
            )
        if self._guard.removed:
            raise GradSplitError("This split was removed; attach a new one: GradSplit(model, ...).")
        if self._guard.row is not None or (self._batch is not None and needs_losses):
            raise GradSplitError("The regimes cannot be nested: leave one before the next.")
        replaced = [
            location.name
            for location, parameter in self._collected.locations
            if location.holder._parameters.get(location.key) is not parameter
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
