"""Audit of a mixed batch: is what arrives at a sample the gradient of its own task alone?

A mixed batch is exact if nothing between the split and the losses couples or moves samples. Which
operations do is not a list that could be complete, so it is measured: what flows back from the
samples of one row of the mask must be zero at all samples of other rows, at every masked layer.
Cost of one audit: a backward pass a distinct row, from the end of the block down to the split.
"""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.graph import GradientEdge, Node, get_gradient_edge

from gradsplit.engine.batch_tasks import BatchTasks
from gradsplit.engine.sharding import is_distributed, passes_sharded
from gradsplit.errors import GradSplitError, NotExactError


@dataclass(frozen=True)
class Layout:
    """Where the samples lie in the output of a masked layer.

    Attributes:
        tasks: The tasks of the samples.
        sample_dim: Their dimension; 0 or 1, and positions may be flattened into dimension 0.
        name: The split parameter of the layer, for messages.
    """

    tasks: BatchTasks
    sample_dim: int
    name: str = ""

    def foreign(self, cotangent: Tensor, row: NDArray[np.bool_]) -> Tensor:
        """Whether anything flows back to samples that do not have this row; a boolean scalar.

        What is not finite says nothing: zero times infinity is no coupling.
        """
        if self.sample_dim == 1 and cotangent.ndim == 2:
            cotangent = cotangent.unflatten(0, (-1, self.tasks.size))
        elif cotangent.shape[self.sample_dim] != self.tasks.size:
            cotangent = cotangent.unflatten(0, (self.tasks.size, -1))
        others = torch.from_numpy(np.flatnonzero((self.tasks.rows != row).any(axis=1)))
        chosen = cotangent.index_select(self.sample_dim, others.to(cotangent.device))
        return ((chosen != 0) & chosen.isfinite()).any()


LAYOUT: ContextVar[Layout | None] = ContextVar("LAYOUT", default=None)
"""The layout in which a layer of a mixed batch is being computed."""


def named_layout(name: str) -> Layout | None:
    """The layout of now, for the layer of this parameter."""
    layout = LAYOUT.get()
    return None if layout is None else replace(layout, name=name)


class Schedule:
    """Which mixed batches are audited: fewer and fewer.

    Args:
        on: Whether any are that nobody asked for.

    Example:
        >>> schedule = Schedule(on=True)
        >>> [schedule.due(None) for _ in range(5)]
        [True, True, False, True, False]
    """

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._batches = 0

    def due(self, wanted: bool | None) -> bool:
        """Whether the next batch is; as wanted, if anything is."""
        self._batches += 1
        power_of_two = self._batches & (self._batches - 1) == 0
        return self._on and power_of_two if wanted is None else wanted


def refuse_sharded_audit(wanted: bool) -> None:
    """Refuse to audit a sharded model.

    Each process would take as many passes as its own batch has rows, and each pass gathers
    parameters from all: processes with other batches would wait for each other for ever.
    """
    if wanted:
        raise NotExactError(
            "A model sharded by fully_shard cannot be audited: the processes would take different "
            "numbers of passes and wait for each other. Audit one batch, or call check_exact, on "
            "the model before fully_shard; where only heads behind the split are sharded, call "
            "them after the block, and the audit begins at its end."
        )


class Audit:
    """Watches one mixed batch: hooks the last tensors of the block that hold the samples.

    Args:
        tasks: The tasks of the samples.
        names: Names of the tasks.
        wanted: Whether somebody asked for it; else it is left out where it cannot be.
    """

    def __init__(self, tasks: BatchTasks, names: Sequence[str], *, wanted: bool = False) -> None:
        self._tasks = tasks
        self._names = names
        self._wanted = wanted
        self._seen: list[tuple[Node, int]] = []
        self._running = False

    def note(self, tensor: Tensor) -> None:
        """Take note of a result that may hold the samples in its first dimension.

        A tensor parallel part is left out: the audit begins below it.
        """
        if tensor.grad_fn is None or not tensor.ndim or is_distributed(tensor):
            return
        if tensor.shape[0] == self._tasks.size:
            self._seen.append((tensor.grad_fn, tensor.output_nr))

    def watch(self) -> None:
        """The block ends, or a backward pass begins in it: hook what nothing later is made of.

        Raises:
            NotExactError: Sharded parts in the block keep a wanted audit from being made.
        """
        if self._running:
            return
        below: set[Node] = set()
        last: dict[Node, list[int]] = {}
        for node, output in reversed(self._seen):
            if not _alive(node):
                continue
            if node in last:
                last[node].append(output)
            elif node not in below:
                last[node] = [output]
                below.update(_reachable([node]))
        self._seen.clear()
        refuse_sharded_audit(self._wanted and passes_sharded(below))
        for node, outputs in last.items():
            node.register_prehook(
                lambda gradients, at=frozenset(outputs): self._check(gradients, at)
            )

    def _check(self, gradients: tuple[Tensor | None, ...], outputs: Iterable[int]) -> None:
        """Send the gradient of each row's samples on alone."""
        if self._running:
            return
        # Not kept by the hook: a node that holds itself is never freed.
        node = torch._C._current_autograd_node()
        if node is None:  # Compiled autograd has none.
            return
        given = [(at, g.detach()) for at in outputs if (g := gradients[at]) is not None]
        # Where sharded parts follow in the block, passes of its own are not for one process alone.
        sharded = passes_sharded(_reachable([node]))
        masked = [] if sharded else masked_nodes([node], self._tasks.may_update)
        self._running = True
        try:
            for part in self._tasks.parts if masked else ():
                own = torch.from_numpy((self._tasks.rows == part.may_update).all(axis=1))
                chosen = [(at, _rows(gradient, own)) for at, gradient in given]
                sent = [(GradientEdge(node, at), g) for at, g in chosen if bool(g.any())]
                if sent:
                    outputs_of, cotangents = zip(*sent, strict=True)
                    _refuse_foreign(outputs_of, cotangents, masked, part.may_update, self._names)
        except RuntimeError as error:
            # A reentrant checkpoint above the split cannot be asked for cotangents.
            if "use_reentrant" not in str(error):
                raise
        finally:
            self._running = False


def audit_losses(
    by_row: Iterable[tuple[NDArray[np.bool_], Sequence[Tensor]]],
    may_update: NDArray[np.bool_],
    names: Sequence[str],
) -> None:
    """Refuse losses of a mixed batch that reach samples with another row than theirs.

    Args:
        by_row: The distinct rows of the mask with the losses of each.
        may_update: The mask.
        names: Names of the tasks.
    """
    for row, losses in by_row:
        roots = [get_gradient_edge(loss) for loss in losses]
        refuse_sharded_audit(passes_sharded(_reachable(root.node for root in roots)))
        masked = masked_nodes([root.node for root in roots], may_update)
        if not masked:
            raise GradSplitError(
                "The losses come from no masked mixed batch: compute them from a forward pass "
                "inside `with split.samples(task_ids):`, and audit them before their backward pass."
            )
        _refuse_foreign(roots, [torch.ones_like(loss) for loss in losses], masked, row, names)


def masked_nodes(roots: Iterable[Node], may_update: NDArray[np.bool_]) -> list[Node]:
    """The nodes below these of layers that a mixed batch masks with this very mask.

    Layers of another split have other rows, and an audit of their own.
    """

    def is_masked(node: Node) -> bool:
        layout = getattr(node, "layout", None)
        return isinstance(layout, Layout) and layout.tasks.may_update is may_update

    return [node for node in _reachable(roots) if is_masked(node)]


def _refuse_foreign(
    outputs: Sequence[GradientEdge],
    cotangents: Sequence[Tensor],
    masked: Sequence[Node],
    row: NDArray[np.bool_],
    names: Sequence[str],
) -> None:
    """Propagate and refuse what arrives at samples with another row of the mask.

    Args:
        outputs: Where to begin.
        cotangents: What arrives there, of losses with one row of the mask.
        masked: The nodes of masked layers.
        row: That row, shape [T].
        names: Names of the tasks.

    Raises:
        NotExactError: Samples are coupled or moved; names the first layer and the tasks.
    """
    arriving = torch.autograd.grad(
        outputs, [GradientEdge(node, 0) for node in masked], cotangents,
        retain_graph=True, allow_unused=True,
    )  # fmt: skip
    reached = [(node.layout, g) for node, g in zip(masked, arriving, strict=True) if g is not None]  # type: ignore[attr-defined]
    foreign = [layout.foreign(cotangent, row) for layout, cotangent in reached]
    for (layout, _), wrong in zip(
        reached, torch.stack(foreign).tolist() if foreign else [], strict=True
    ):
        if wrong:
            raise NotExactError(_coupled(layout, row, names))


def _coupled(layout: Layout, row: NDArray[np.bool_], names: Sequence[str]) -> str:
    own = (layout.tasks.rows == row).all(axis=1)
    mine, others = (
        ", ".join(f"`{names[at]}`" for at in np.unique(layout.tasks.ids[chosen]))
        for chosen in (own, ~own)
    )
    return (
        f"Samples of a mixed batch are coupled or moved between the split layer of `{layout.name}` "
        f"and the losses: gradients of {mine or 'a task without samples'} reach samples of "
        f"{others}. The masked gradients would be wrong. Look for operations over the first "
        "dimension (batch statistics, a permutation, mixing, attention over the batch) and for "
        "another order of the samples; do it once a task (`x[ids == k]`), use split.task(...) or "
        "split.backward({...}); or, if this is meant, turn the audit off: "
        "split.samples(ids, audit=False)."
    )


def _rows(gradient: Tensor, own: Tensor) -> Tensor:
    """The gradient of the chosen samples alone."""
    own = own.to(gradient.device).reshape(-1, *(1,) * (gradient.ndim - 1))
    return torch.where(own, gradient, gradient.new_zeros(()))


def _alive(node: Node) -> bool:
    """Whether the graph still has a node; in torch 2.8 ours die with their last tensor."""
    try:
        return bool(node.next_functions)
    except RuntimeError:
        return False


def _reachable(roots: Iterable[Node]) -> dict[Node, None]:
    """All nodes below these and they themselves, those nearer to a root first."""
    seen = dict.fromkeys(roots)
    waiting = list(seen)
    for node in waiting:
        for child, _ in node.next_functions:
            if child is not None and child not in seen:
                seen[child] = None
                waiting.append(child)
    return seen
