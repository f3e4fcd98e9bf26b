"""GradSplit: train a shared network so that each loss updates only the filters it may.

Source: "Split to Learn: Gradient Split for Multi-Task Human Image Analysis" (WACV 2023). Only
parameter gradients are masked; what flows to earlier layers is the true gradient.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from gradsplit.engine.attachment import Attachment, reattached
from gradsplit.engine.audit import Audit, Schedule, audit_losses, refuse_sharded_audit
from gradsplit.engine.autograd_graph import LossesByRow, losses_by_row
from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.coupling import refuse_coupling
from gradsplit.engine.guard import Guard
from gradsplit.engine.mixed_mode import MixedBatchMode, not_compiled
from gradsplit.engine.owners import ChannelLists, Owners
from gradsplit.engine.parameters import RulesFor, Unsupported, collect, module_names
from gradsplit.engine.row_passes import accumulate
from gradsplit.engine.selection import SplitParameter
from gradsplit.engine.sharding import is_sharded, refuse_copy
from gradsplit.engine.single_task_parts import SingleTaskParts
from gradsplit.engine.task_order import Mask, check_tasks, checked_ids, loaded, mask_rows
from gradsplit.errors import GradSplitError


class GradSplit:
    """A gradient mask attached to a model.

    The forward pass, `state_dict` and inference stay as they are; nothing is stored on the model's
    modules. The split parameters carry a tensor hook until `remove()`, and with mode="feature" the
    modules that hold them a forward hook.

    Args:
        model: Any network; its code does not change.
        mask: Which task's loss may update which task's channels; a mask or its file.
        modules: Modules whose parameters are divided, by their names in `named_modules()`.
        shares: Own share of the channels for some or all tasks, e.g. `{"reid": 0.5}`.
        owners: Own channel lists by number of channels, each channel once, e.g.
            `{512: {"pose": range(0, 300), "reid": range(300, 512)}}`.
        unsupported: What to do with a trainable parameter without a rule: "error" or "share" (it is
            left to all tasks).
        mode: "param" masks parameter gradients only; "feature" masks what flows back through the
            split layers' outputs, so that a loss does not reach earlier layers through channels
            that it may not update; it works through `backward` only.
        rules: Own rules by module name or layer type; see `gradsplit.register_rule`.
        audit: Whether mixed batches are audited now and then; see `samples`.

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
        mask: Mask | str | Path,
        modules: Sequence[str | nn.Module] = ("layer4",),
        *,
        shares: Mapping[str, float] | None = None,
        owners: ChannelLists | None = None,
        unsupported: Unsupported = "error",
        mode: Literal["param", "feature"] = "param",
        rules: RulesFor | None = None,
        audit: bool = True,
    ) -> None:
        mask = loaded(mask)
        names = module_names(model, modules, mask.tasks)
        self._options: dict[str, Any] = {"mode": mode, "rules": rules, "audit": audit}
        self._options |= {"shares": shares, "owners": owners, "unsupported": unsupported}
        self.tasks = tuple(mask.tasks)
        self.owners = Owners(self.tasks, shares=shares, lists=owners)
        self._collected = collect(model, names, self.owners, unsupported=unsupported, rules=rules)
        if mode not in ("param", "feature"):
            raise GradSplitError(f"`mode` must be 'param' or 'feature', got {mode!r}.")
        self.mode = mode
        self._model, self.modules = model, tuple(names)
        self._may_update = mask_rows(mask, self.tasks)
        self._batch: MixedBatchMode | None = None
        self._schedule = Schedule(on=audit)
        self._attachment = Attachment(model, names, self._collected, marking=mode == "feature")
        self._guard = Guard(self._collected.split, self._collected.sharded())
        self._guard.masks_nothing = bool(self._may_update.all())
        self._single_task_parts = SingleTaskParts(self._collected.split)

    @property
    def entries(self) -> tuple[SplitParameter, ...]:
        """The divided parameters with the owners of their elements."""
        return self._collected.split

    @property
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """The divided parameters by name."""
        return self._collected.of_model()

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
        return self._collected.table(self.owners)

    def set_mask(self, mask: Mask | str | Path) -> None:
        """Use another mask from now on; owners stay.

        Args:
            mask: A mask for the same tasks, in any order, or its file.

        Raises:
            MaskMismatchError: Its tasks are others.
        """
        self._may_update = mask_rows(loaded(mask), self.tasks)
        self._guard.masks_nothing = bool(self._may_update.all())

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Inside, every backward pass is of the losses of one task.

        Costs one pass over the gradients of the split parameters, none if the task may update all.

        Raises:
            MaskMismatchError: The mask has no such task.
            GradSplitError: Another regime is active, or the split no longer fits the model.
        """
        check_tasks([name], self.tasks)
        self._check_ready(needs_losses=True)
        with self._guard.of_row(self._may_update[self.tasks.index(name)]):
            yield

    @contextmanager
    def samples(self, task_ids: ArrayLike | Tensor, *, audit: bool | None = None) -> Iterator[None]:
        """Inside, the forward pass is of a mixed batch: sample n is of task `tasks[task_ids[n]]`.

        One ordinary backward pass follows, inside or after the block. Each weight learns from the
        samples that may teach it. Losses may couple samples of one task, not of several.

        Args:
            task_ids: Index into `tasks` of every sample, shape [N], integers. Fastest when samples
                of a task lie next to each other.
            audit: Whether the backward pass checks that nothing in this block couples or moves
                samples; costs a further backward pass a row of the mask, from the end of the block
                down to the split. Default: in the 1st, 2nd, 4th, 8th ... mixed batch; never where
                `fully_shard` has sharded the model or what follows in this block.

        Raises:
            MaskMismatchError: An id is no index of a task.
            NotExactError: A layer couples samples (training-mode BatchNorm), or keeps them in
                another dimension than the first; from the backward pass if the audit sees it.
                Or an audit that was asked for cannot be made.
            GradSplitError: Another regime is active, or the split no longer fits the model.
        """
        self._check_ready(needs_losses=True)
        if sharded := is_sharded(self._model):
            refuse_sharded_audit(bool(audit))
        batch_tasks = BatchTasks(checked_ids(task_ids, self.tasks), self._may_update)
        if len(batch_tasks.parts) > 1:
            refuse_coupling(self._model, self.modules)
        self._guard.forget()
        constants = [*self._model.parameters(), *self._model.buffers()]
        constants += self._collected.whole.values()
        batch = MixedBatchMode(batch_tasks, self._collected.split, constants, self._guard)
        auditable = len(batch_tasks.parts) > 1 and torch.is_grad_enabled() and not sharded
        if auditable and self._schedule.due(audit):
            batch.audit = Audit(batch_tasks, self.tasks, wanted=bool(audit))
        try:
            with batch, not_compiled():
                self._batch = batch
                yield
            if batch.audit is not None:
                batch.audit.watch()
        finally:
            # What is recomputed later is no news.
            self._batch = batch.audit = None

    def audit(self, losses: Mapping[str, Tensor]) -> None:
        """Check that each loss of a mixed batch reaches samples of its own task alone.

        Sees what couples or moves samples anywhere up to the losses, after the block too. Costs a
        backward pass a distinct row of the mask; accumulates nothing, keeps the losses' graph.

        Args:
            losses: The loss of each task, of a forward pass inside `samples`.

        Raises:
            NotExactError: A loss reaches samples of other tasks at a masked layer.
            GradSplitError: The losses do not come from a mixed batch that is masked.

        Example:
            >>> import torch
            >>> from relations import GradientMask
            >>> model, images = nn.Linear(3, 4), torch.ones(3, 3)
            >>> split = GradSplit(model, GradientMask.identity(["pose", "reid"]), modules=[""])
            >>> with split.samples([0, 0, 1]):
            ...     output = model(images)
            >>> split.audit({"pose": output[:2].sum(), "reid": output[2:].sum()})
        """
        refuse_sharded_audit(is_sharded(self._model))
        audit_losses(self._by_row(losses), self._may_update, self.tasks)

    def checkpoint_context(self) -> tuple[AbstractContextManager[None], AbstractContextManager]:
        """Contexts for gradient checkpointing inside `samples`, so that recomputation is masked.

        `checkpoint(block, x, use_reentrant=False, context_fn=split.checkpoint_context)`; outside a
        mixed batch it changes nothing.
        """
        return (nullcontext(), nullcontext()) if self._batch is None else self._batch.checkpoint()

    @torch._disable_dynamo  # pyright: ignore[reportPrivateImportUsage]
    def backward(self, losses: Mapping[str, Tensor], *, shared: Tensor | None = None) -> None:
        """Accumulate all gradients of the summed losses, masked in the split part.

        Takes the place of `sum(losses.values()).backward()`, for losses of one forward pass or of
        separate ones. Tasks may be missing.

        Args:
            losses: A scalar loss for each task of this step, weights included.
            shared: A scalar loss of no task, such as a penalty on weights: it may update all.

        Raises:
            MaskMismatchError: The mask has no such task.
            GradSplitError: A loss is no scalar or depends on no trainable parameter.
        """
        accumulate(
            self._by_row(losses, shared), self._collected.split, self._guard, self._model,
            feature=self.mode == "feature", shared=shared is not None,
        )  # fmt: skip
        self._single_task_parts.look({} if self._guard.masks_nothing else losses)

    @contextmanager
    def unmasked(self) -> Iterator[None]:
        """Inside, gradients are those of plain training: for diagnosis, not for training."""
        with self._guard.unmasked():
            yield

    def remove(self) -> None:
        """Leave the model as it was; the split cannot be used any more."""
        self._guard.remove()
        self._attachment.remove()

    def __deepcopy__(self, memo: dict[int, Any]) -> "GradSplit":
        refuse_copy(self._model)
        return reattached(GradSplit, copy.deepcopy(self._model, memo), *self._made_of())

    def __reduce__(self) -> tuple[Any, ...]:
        return reattached, (GradSplit, self._model, *self._made_of())

    def _made_of(self) -> tuple[Any, ...]:
        """What is needed to attach a copy: the mask of now, modules, options, whether removed."""
        mask = SimpleNamespace(tasks=self.tasks, may_update=self._may_update)
        return mask, self.modules, self._options, self._guard.removed

    def _by_row(self, losses: Mapping[str, Tensor], shared: Tensor | None = None) -> LossesByRow:
        """The distinct rows of the mask with the losses of each."""
        self._check_ready()
        rows = dict(zip(self.tasks, self._may_update, strict=True))
        return losses_by_row(losses, rows, shared)

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
        self._attachment.refuse_replaced()
