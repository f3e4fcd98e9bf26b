"""What is known of the tensors of one mixed batch: which are owned, and where the samples lie."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.overrides import TorchFunctionMode

from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.calls import function_name
from gradsplit.engine.constants import Constants
from gradsplit.engine.folded_samples import Fold, FoldedSamples
from gradsplit.engine.guard import Guard
from gradsplit.engine.selection import SplitParameter
from gradsplit.errors import NotExactError

_PENALTY = (
    "A penalty on parameters is a loss of no task: compute it outside of the block and add it by "
    "split.backward({}, shared=penalty)."
)


def refuse_no_samples(name: str) -> None:
    """Refuse a backward pass inside the block from what no sample has reached.

    Raises:
        NotExactError: Always.
    """
    raise NotExactError(
        f"A loss of `{name}` is propagated inside a mixed batch and holds no samples. Inputs are "
        "made before the block: what torch.ones or torch.zeros make inside is taken for a "
        f"constant. {_PENALTY}"
    )


@dataclass(frozen=True, eq=False)
class OwnedTensor:
    """A split parameter in a mixed batch, or a tensor computed from split parameters alone.

    Attributes:
        tensor: What takes its place in the computation; its gradient flows to the parameter.
        owner: Task index, as many dimensions as the tensor, 1 where it does not vary.
        name: The parameter's name, for messages.
    """

    tensor: Tensor
    owner: NDArray[np.int64]
    name: str

    @property
    def dim(self) -> int | None:
        """The dimension of the channels; None if they lie in more than one."""
        varying = [dim for dim, size in enumerate(self.owner.shape) if size > 1]
        return (varying or [0])[0] if len(varying) <= 1 else None


class Versions(NamedTuple):
    """A tensor made of split parameters of several owners, computed for each row of the mask.

    Attributes:
        tensors: One a distinct row among the samples, all with the same values.
        name: A split parameter, for messages.
    """

    tensors: tuple[Tensor, ...]
    name: str


class MixedBatch(TorchFunctionMode):
    """One mixed batch, as the functions of a layer rule see it.

    Args:
        tasks: The tasks of the samples.
        entries: The split parameters.
        constants: Parameters and buffers of the model: tensors that hold no samples.
        guard: Told of every masked gradient.

    Attributes:
        sample_dim: The dimension of the samples, 0 except inside attention.
        folded: Where samples share a dimension with windows, frames or positions.
    """

    def __init__(
        self,
        tasks: BatchTasks,
        entries: Sequence[SplitParameter],
        constants: Sequence[Tensor],
        guard: Guard,
    ) -> None:
        super().__init__()
        self.tasks = tasks
        self.sample_dim = 0
        self._entries = {id(entry.parameter): entry for entry in entries}
        self._guard = guard
        self._owned: dict[int, OwnedTensor] = {}
        # Kept alive, so that an id means one tensor.
        self._derived: list[Tensor] = []
        self._versions: dict[int, Versions] = {}
        self._constants = Constants(constants)
        self.folded = FoldedSamples(tasks.size)

    def owned(self, value: object) -> OwnedTensor | None:
        """What is known of a split parameter or of a tensor computed from one."""
        known = self._owned.get(id(value))
        entry = self._entries.get(id(value)) if known is None else None
        if entry is None or not entry.parameter.requires_grad:
            return known
        gate = _Gate.apply(entry.parameter, entry, self._guard)
        self._owned[id(value)] = OwnedTensor(gate, entry.owner, entry.name)  # type: ignore[arg-type]
        return self._owned[id(value)]

    def weights(self, tensors: Sequence[Tensor]) -> list[OwnedTensor]:
        """What is known of those among these that are split parameters or computed from such."""
        known = [t for t in tensors if id(t) in self._owned or id(t) in self._entries]
        return [weight for weight in map(self.owned, known) if weight is not None]

    def detached(self, value: Any) -> Any:
        """An owned tensor without its gradient; anything else as it is."""
        return value.detach() if self.owned(value) is not None else value

    def is_constant(self, tensor: Tensor) -> bool:
        """Whether a tensor holds no samples: a parameter, a buffer, or made of such alone."""
        known = id(tensor) in self._owned or id(tensor) in self._versions
        return known or tensor in self._constants

    def versions(self, value: object) -> Versions | None:
        """What is known of a tensor that is computed for each row."""
        return self._versions.get(id(value))

    def first_version(self, tensors: Sequence[Tensor]) -> Versions | None:
        """What is known of the first of these that is computed for each row."""
        return next(filter(None, map(self.versions, tensors)), None) if self._versions else None

    def derive_versions(self, versions: Versions) -> Tensor:
        """Take note of a tensor that is computed for each row.

        Returns:
            What the user's code has of it, see `derive`.
        """
        first = versions.tensors[0]
        if not first.requires_grad:
            self._constants.add(first)
            return first
        seen = _Seen.apply(first, versions.name)
        self._versions[id(seen)] = versions
        self._derived.append(seen)  # type: ignore[arg-type]
        return seen  # type: ignore[return-value]

    def derive(self, tensor: Tensor, owner: NDArray[np.int64], name: str) -> Tensor:
        """Take note of a tensor made of split parameters alone.

        Returns:
            What the user's code has of it: where that goes unseen, its gradient is refused.
        """
        seen = tensor if self.tasks.all_allowed(owner) else _Seen.apply(tensor, name)
        self._owned[id(seen)] = OwnedTensor(tensor, owner, name)  # type: ignore[arg-type]
        self._derived.append(seen)  # type: ignore[arg-type]
        return seen  # type: ignore[return-value]

    def flattened_shape(self, tensor: Tensor) -> tuple[int, int] | None:
        """(positions, samples), if both are flattened into the first dimension inside attention."""
        size = self.tasks.size
        if self.sample_dim == 1 and tensor.ndim == 2 and tensor.shape[0] % size == 0:
            return tensor.shape[0] // size, size
        return None

    @contextmanager
    def unfolded(self, fold: Fold) -> Iterator[None]:
        """Inside, every window, frame or position that shares the first dimension is a sample."""
        before = self.tasks
        self.tasks = before.repeated(fold.repeat) if fold.dim == 0 else before
        try:
            yield
        finally:
            self.tasks = before

    def check_samples(self, tensor: Tensor, func: Callable[..., Any], name: str) -> None:
        """Refuse an input whose sample dimension has another size than the batch.

        Args:
            tensor: The input.
            func: The function that takes it.
            name: The split parameter it meets there.
        """
        dim, size = self.sample_dim, self.tasks.size
        fold = None if dim else self.folded.of(tensor)
        elsewhere = fold is not None and fold.dim != 0
        if tensor.ndim == 0:
            raise NotExactError(
                f"A tensor made of split parameters meets a single number in "
                f"{function_name(func)}, which is of no sample of its own. {_PENALTY}"
            )
        if elsewhere or tensor.ndim <= dim or tensor.shape[dim] != size:
            raise NotExactError(
                f"`{name}` meets a tensor of shape {tuple(tensor.shape)} in "
                f"{function_name(func)}: expected {size} samples (one for each of `task_ids`) "
                f"in dimension {dim}. Keep samples in the first dimension inside the split "
                "modules, or use split.task(...) or split.backward({...}), which do not depend on "
                "the layout."
            )

    def in_layout(
        self, func: Callable[..., Any], sample_dim: int, *args: Any, **kwargs: Any
    ) -> Any:
        """Run a function of other functions with the samples in another dimension."""
        before, self.sample_dim = self.sample_dim, sample_dim
        try:
            with self:
                return func(*args, **kwargs)
        finally:
            self.sample_dim = before


class _Gate(torch.autograd.Function):
    """Stands before a parameter: what comes through it was masked."""

    @staticmethod
    def forward(ctx: Any, parameter: Tensor, entry: SplitParameter, guard: Guard) -> Tensor:
        ctx.entry, ctx.guard = entry, guard
        return parameter.view_as(parameter)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[override]
        ctx.guard.vouch(ctx.entry, gradient)
        return gradient, None, None


class _Seen(torch.autograd.Function):
    """A tensor made of split parameters, as the user's code has it.

    Functions that the mixed batch sees compute with the tensor behind it. A gradient that comes
    here is one that nothing has masked: of a function that is not seen, or after the block.
    """

    @staticmethod
    def forward(ctx: Any, tensor: Tensor, name: str) -> Tensor:
        ctx.name = name
        return tensor.view_as(tensor)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None]:  # type: ignore[override]  # noqa: ARG004
        raise NotExactError(
            f"A tensor that was computed from the split parameter `{ctx.name}` in a mixed batch "
            "has a gradient of unknown tasks: it was used after the block, or by a function that "
            "a mixed batch does not see (torch.autograd.Function, C++). Use split.task(...) or "
            f"split.backward({{...}}). {_PENALTY}"
        )
