"""Several tasks on the same samples: only the part above the cut is passed once a row of the mask.

For each distinct row: propagate that row's losses down to the cut, without weight gradients of
layers whose rule knows their node. These are computed once, from the sum of the rows' selected
output gradients. Everything below the cut is propagated once, from the summed gradients, in the
engine call that also accumulates all parameter gradients, so that hooks on parameters (those of
DistributedDataParallel too) see the final gradient and see it once.
Source: our derivation, docs/engine.md.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import AutogradGraph, Key, edges
from gradsplit.engine.cut_listeners import CutListeners
from gradsplit.engine.feature_masking import FeatureMasks
from gradsplit.engine.guard import Guard
from gradsplit.engine.selection import SplitParameter
from gradsplit.engine.weight_gradients import OnePassLayer, one_pass_layers
from gradsplit.errors import GradSplitError, NotExactError


class CutBackward:
    """One backward pass of several rows.

    Args:
        graph: The graph of the step.
        rows: The distinct rows, in the order of the graph's losses, each of shape [T].
        entries: The split parameters.
        feature_of: Mask the cotangents of the outputs of this network's split layers, not
            parameter gradients.
    """

    def __init__(
        self,
        graph: AutogradGraph,
        rows: Sequence[NDArray[np.bool_]],
        entries: Iterable[SplitParameter],
        *,
        feature_of: nn.Module | None = None,
    ) -> None:
        self._graph = graph
        self._rows = rows
        self._entries = {id(entry.parameter): entry for entry in entries}
        self._masks: FeatureMasks | None = None
        self._one_pass: list[OnePassLayer] = []
        if feature_of is None:
            self._one_pass = one_pass_layers(graph, self._entries)
        else:
            self._masks = FeatureMasks(graph, self._entries, feature_of)
        computed = {leaf for layer in self._one_pass for leaf, _ in layer.slots.values()}
        self._split = [leaf for leaf in graph.split_leaves if leaf not in computed]
        fed = {graph.children[layer.node][slot] for layer in self._one_pass for slot in layer.slots}
        self._cut = [key for key in graph.cut if key not in fed]
        requested = [*self._cut, *((leaf, 0) for leaf in self._split)]
        # A layer that nothing below asks for is not run: its output gradient is captured instead.
        _, idle = graph.executed(requested, {layer.node for layer in self._one_pass})
        self._captured = [layer for layer in self._one_pass if layer.node in idle]
        self._listeners = CutListeners(graph, self._cut)
        self._totals: dict[Key, Tensor] = {}

    def accumulate(self, guard: Guard) -> None:
        """Accumulate all gradients; the guard is told of those that are masked."""
        totals = self.run()
        guard.forget()
        masked: dict[Tensor, Tensor] = {}
        for leaf in self._graph.split_leaves & {node for node, _ in totals}:
            parameter, gradient = self._graph.leaves[leaf], totals.pop((leaf, 0))
            masked[parameter] = gradient
            guard.vouch(self._entries[id(parameter)], gradient)
            del gradient
        roots, gradients = edges(totals), list(totals.values())
        totals.clear()
        if masked:
            delivery = _Delivery.apply(list(masked.values()), *masked)
            masked.clear()
            roots.append(torch.autograd.graph.get_gradient_edge(delivery))  # type: ignore[arg-type]
            gradients.append(torch.ones_like(delivery))  # type: ignore[arg-type]
        torch.autograd.backward(roots, gradients)  # type: ignore[arg-type]

    def run(self) -> dict[Key, Tensor]:
        """Propagate all rows down to the cut.

        Returns:
            Cotangents by edge: those at the cut, and the masked gradients of the split parameters.
        """
        below, _ = self._graph.executed(self._cut)
        walls = [node for node, _ in self._cut if node not in self._graph.leaves]
        refuse_compiled(self._graph, lambda node: self._is_repeated(node) or node in below)
        self._refuse_static_graph()
        self._refuse_masked()
        # Where one cut edge lies below another, the graph between them is run (and would be freed)
        # on the way; it must stay for the one pass below.
        keep = any(node in below for node in walls)
        with _walls(walls), _without_hooks(self._graph.leaves[key[0]] for key in self._leaf_keys()):
            last = len(self._rows) - 1
            for index, row in enumerate(self._rows):
                self._pass(index, row, retain=index < last or keep)
        return self._totals

    def _is_repeated(self, node: Node) -> bool:
        """Whether several rows pass a node, each on its own."""
        rows = self._graph.rows[node]
        return node in self._graph.zone and rows & (rows - 1) != 0

    def _refuse_static_graph(self) -> None:
        """Refuse a wrapper that takes the first pass to reach it for the whole backward pass."""
        for node in self._graph.order:
            if node.name() == "_DDPSinkBackward" and node.ddp_weakref().static_graph:  # type: ignore[attr-defined]
                raise NotExactError(
                    "DistributedDataParallel(static_graph=True) averages gradients at the end of "
                    "the first pass over its outputs, before split.backward has them all. Use it "
                    "without static_graph, or split.task(...) or split.samples(...)."
                )

    def _refuse_masked(self) -> None:
        """Refuse losses of a mixed batch: their gradients are masked on the way already."""
        if any(node.name() == "_GateBackward" for node in self._graph.order):
            raise GradSplitError(
                "These losses come from a forward pass inside split.samples(...), whose gradients "
                "are masked already. Use the plain `loss.backward()` after that block; or run the "
                "forward pass outside of it, for split.backward({...})."
            )

    def _leaf_keys(self) -> Iterator[Key]:
        yield from (key for key in self._cut if key[0] in self._graph.leaves)
        yield from ((leaf, 0) for leaf in self._split)

    def _pass(self, index: int, row: NDArray[np.bool_], *, retain: bool) -> None:
        """Propagate the losses of one row."""
        roots: list[Tensor] = []
        for edge, loss in zip(self._graph.roots[index], self._graph.losses[index], strict=True):
            if edge.node in self._graph.zone:
                roots.append(loss)
            else:
                self._add((edge.node, edge.output_nr), torch.ones_like(loss))
        if not roots:
            return
        running = [layer for layer in self._one_pass if layer not in self._captured]
        handles = [
            layer.node.register_prehook(self._listener(layer, index, row)) for layer in running
        ]
        keys = [*self._cut, *((leaf, 0) for leaf in self._split)]
        keys += [(layer.node, 0) for layer in self._captured]
        try:
            masked = nullcontext() if self._masks is None else self._masks.of_row(row)
            with masked, self._listeners.listening():
                gradients = torch.autograd.grad(
                    roots, edges(keys), [torch.ones_like(loss) for loss in roots],
                    retain_graph=retain, allow_unused=True,
                )  # fmt: skip
        except RuntimeError as error:
            raise explained(error) from error
        finally:
            for handle in handles:
                handle.remove()
        self._take(gradients, index, row)

    def _take(self, gradients: Sequence[Tensor | None], index: int, row: NDArray[np.bool_]) -> None:
        """Add one row's gradients, in the order in which they were asked for."""
        cut, split = len(self._cut), len(self._cut) + len(self._split)
        for key, gradient in zip(self._cut, gradients[:cut], strict=True):
            if gradient is not None:
                self._add(key, self._listeners.before_hooks(key, gradient))
        for leaf, gradient in zip(self._split, gradients[cut:split], strict=True):
            if gradient is not None:
                entry = self._entries[id(self._graph.leaves[leaf])]
                if self._masks is None:
                    gradient = entry.selection(row).apply(gradient)
                self._add((leaf, 0), gradient)
        for layer, gradient in zip(self._captured, gradients[split:], strict=True):
            self._listener(layer, index, row)((gradient,))

    def _listener(self, layer: OnePassLayer, index: int, row: NDArray[np.bool_]):
        """Sums a layer's output gradients; with the last row to reach it, the weight gradients."""
        final = self._graph.rows[layer.node].bit_length() - 1 == index

        def listen(gradients: Sequence[Tensor | None]) -> None:
            if gradients[0] is not None:
                layer.add(gradients[0], row)
            if final:
                for leaf, gradient in layer.gradients(self._graph):
                    self._add((leaf, 0), gradient)

        return listen

    def _add(self, key: Key, gradient: Tensor) -> None:
        total = self._totals.get(key)
        # Out of place: the engine may hand the same tensor to several edges.
        self._totals[key] = gradient if total is None else total + gradient


def refuse_compiled(graph: AutogradGraph, repeated: Callable[[Node], bool]) -> None:
    """Refuse compiled parts that would be propagated several times.

    Their code may reuse the memory of what it has saved, and gives wrong gradients the second time,
    without an error if it comes from a cache of compiled code.

    Args:
        graph: The graph of the step.
        repeated: Whether a node is.
    """
    compiled = sys.modules.get("torch._dynamo.compiled_autograd")
    if getattr(compiled, "compiled_autograd_enabled", False):
        raise NotExactError(
            "Compiled autograd propagates a graph once only, split.backward does so once a row "
            "of the mask. Turn it off around split.backward, or use split.task(...)."
        )
    for node in graph.rows:
        if repeated(node) and node.name().startswith("CompiledFunction"):
            raise NotExactError(
                "A compiled part lies above or in the split modules, and compiled code can be "
                "propagated once only. Use split.task(...), compile the part below the split "
                "modules alone, or run the model uncompiled."
            )


class _Delivery(torch.autograd.Function):
    """Brings parameters their gradients from inside the engine, which then need not be copied.

    What is given to the engine from outside is held there until the end of the pass.
    """

    @staticmethod
    def forward(ctx: Any, gradients: list[Tensor], *parameters: Tensor) -> Tensor:
        ctx.gradients = gradients
        return parameters[0].new_zeros(())

    @staticmethod
    def backward(ctx: Any, _: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        delivered = (None, *ctx.gradients)
        ctx.gradients.clear()
        return delivered


def explained(error: RuntimeError) -> Exception:
    """What to do where the engine refuses to propagate one graph several times."""
    if "use_reentrant" in str(error):
        return NotExactError(
            "Several tasks on one forward pass need checkpoint(..., use_reentrant=False): the "
            "reentrant kind hides the split parameters from the graph."
        )
    if "selective activation checkpoint" in str(error):
        return NotExactError(
            "Selective checkpointing lets a graph be propagated once only, split.backward does so "
            "once a row of the mask. Use the plain checkpoint(..., use_reentrant=False), keep the "
            "selective one below the split modules, or use split.task(...)."
        )
    return error


@contextmanager
def _walls(nodes: Sequence[Node]) -> Iterator[None]:
    """Nothing passes these nodes: what is below them gets no gradient from above them.

    The engine runs a node below the cut if another cut edge lies below that; without the wall the
    gradient along this way would be counted again in the one pass below the cut.
    """
    handles = [
        node.register_prehook(lambda gradients: (None,) * len(gradients))  # type: ignore[arg-type]
        for node in dict.fromkeys(nodes)
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _without_hooks(parameters: Iterable[Tensor]) -> Iterator[None]:
    """Hooks on parameters are for the final gradient, not for the parts of it."""
    hooks: list[tuple[Mapping[int, object], dict[int, object]]] = []
    for parameter in parameters:
        if parameter._backward_hooks:
            hooks.append((parameter._backward_hooks, dict(parameter._backward_hooks)))
            parameter._backward_hooks.clear()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for emptied, kept in hooks:
            emptied.update(kept)  # type: ignore[attr-defined]
