"""Whose losses and samples these are: masks and task ids, checked and in one order."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from gradsplit.errors import MaskMismatchError


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


def loaded(mask: Mask | str | Path) -> Mask:
    """A mask, read when it is given as its file.

    Raises:
        MaskError: The file is no sound mask.
        MaskMismatchError: It is neither a mask nor a file.
    """
    if not isinstance(mask, str | Path):
        if not (hasattr(mask, "tasks") and hasattr(mask, "may_update")):
            raise MaskMismatchError(
                f"`mask` must be a GradientMask or its file, got {type(mask).__name__}; "
                "GradientMask(tasks, may_update) makes one."
            )
        return mask
    from relations.mask import GradientMask

    return GradientMask.load(mask)


def mask_rows(mask: Mask, tasks: Sequence[str]) -> NDArray[np.bool_]:
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


def checked_ids(task_ids: ArrayLike | Tensor, tasks: Sequence[str]) -> NDArray[np.int64]:
    """Task ids as an array, or why they cannot be."""
    ids = np.asarray(task_ids.tolist() if isinstance(task_ids, Tensor) else task_ids)
    if not ids.size:
        raise MaskMismatchError("`task_ids` is empty: a mixed batch has at least one sample.")
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise MaskMismatchError(
            f"`task_ids` must be integers of shape [N], one a sample, got {ids.dtype} of shape "
            f"{ids.shape}."
        )
    wrong = sorted(set(ids[(ids < 0) | (ids >= len(tasks))].tolist()))
    if wrong:
        raise MaskMismatchError(
            f"`task_ids` must lie in 0 to {len(tasks) - 1} ({', '.join(tasks)}), got {wrong}."
        )
    return ids.astype(np.int64)


def check_losses(losses: object, tasks: Sequence[str]) -> None:
    """Refuse losses that do not say which task each is of, and tasks that the mask has not."""
    if not isinstance(losses, Mapping):
        raise MaskMismatchError(
            f"`losses` must be a dict {{task: loss}}, got {type(losses).__name__}: write "
            f"{{{tasks[0]!r}: ...}}, a loss for each of {', '.join(tasks)} or some of them."
        )
    check_tasks(losses, tasks)


def check_tasks(names: Iterable[str], tasks: Sequence[str]) -> None:
    """Refuse names that are no tasks of the mask."""
    unknown = [name for name in names if name not in tasks]
    if unknown:
        raise MaskMismatchError(
            f"The mask has no task {', '.join(map(repr, unknown))}; it has {', '.join(tasks)}."
        )
