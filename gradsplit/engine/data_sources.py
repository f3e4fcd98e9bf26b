"""Where the data in a graph comes from: what tells an activation from a weight that is computed.

A product of a weight with a constant has the node of a layer and is none: its result is a weight
too, and meets the activations only later. The graph tells by the tensors that enter it: model
inputs, but no parameters, buffers or numbers. What is computed from inputs without a gradient
cannot be told from a constant that is made in the forward pass; but a layer's output meets nothing
that comes from other data than itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from torch import Tensor, nn
from torch.autograd.graph import Node

from gradsplit.engine.autograd_graph import AutogradGraph
from gradsplit.engine.layer_outputs import given_to, metadata

Sources = frozenset[int]
"""The storages of the tensors that enter; `UNKNOWN` for one that left no trace."""

UNKNOWN = 0

_OPERANDS: Mapping[str, Mapping[int, str]] = {
    "MmBackward0": {0: "self", 1: "mat2"},
    "BmmBackward0": {0: "self", 1: "mat2"},
    "AddmmBackward0": {1: "mat1", 2: "mat2"},
    "ConvolutionBackward0": {0: "input"},
    "NativeGroupNormBackward0": {0: "input"},
    "NativeBatchNormBackward0": {0: "input"},
    "CudnnBatchNormBackward0": {0: "input"},
    "NativeLayerNormBackward0": {0: "input"},
    "TrilinearBackward0": {0: "i1", 1: "i2", 2: "i3"},
}
"""By node: the saved name of an input that needs no gradient."""

_BY_ELEMENT = frozenset(
    f"{name}Backward0"
    for name in (
        "Add", "Sub", "Rsub", "Mul", "Div", "Pow", "Where", "MaskedFill", "Cat", "Stack", "Lerp",
        "Maximum", "Minimum", "PreluKernel", "MseLoss", "SmoothL1Loss", "HuberLoss",
        "BinaryCrossEntropy", "BinaryCrossEntropyWithLogits",
    )
) | {"torch::autograd::CopyBackwards"}  # fmt: skip
"""Where data without a gradient changes no channel but its own, and needs no masking itself."""


class DataSources:
    """The data that enters a graph, node by node.

    Args:
        graph: The graph of the step.
        model: The network: its parameters, buffers and other tensors are no data.
    """

    def __init__(self, graph: AutogradGraph, model: nn.Module) -> None:
        self._graph = graph
        self._constants = {_storage(tensor) for tensor in _constants(model)}
        self._given = given_to(model)
        self._users: dict[Node, list[Node]] = {}
        self._below: dict[Node, Sources] = {}
        for node in graph.order:
            self._below[node] = self._sources(node, range(len(graph.children[node])))
            for child, _ in graph.children[node]:
                if child is not None:
                    self._users.setdefault(child, []).append(node)

    def of_parameters(self, node: Node, slots: Collection[int]) -> Sources:
        """What data the parameters of a layer are made of: none, if they are parameters.

        Args:
            node: The layer's node.
            slots: The inputs of the node that hold parameters.
        """
        children = self._graph.children[node]
        given = [self._below[child] for at in slots if (child := children[at][0]) is not None]
        return frozenset().union(*given)

    def of_layer(self, node: Node, parameters: Collection[int]) -> Sources:
        """What enters a layer beside its parameters.

        Args:
            node: The layer's node.
            parameters: The inputs of the node that hold parameters.
        """
        slots = [at for at in range(len(self._graph.children[node])) if at not in parameters]
        entering = self._sources(node, slots)
        if node.name() not in _OPERANDS and entering == {UNKNOWN}:
            # A node of a user's own rule: whatever it has saved.
            saved = (name[7:] for name in dir(node) if name.startswith("_saved_"))
            return frozenset().union(*(self._saved(node, name) for name in saved)) or entering
        return entering

    def made_inside(self, node: Node, parameters: Collection[int], own: Sources) -> bool:
        """Whether a layer works on a tensor without gradient that the model was not given.

        Args:
            node: The layer's node.
            parameters: The inputs of the node that hold parameters.
            own: What enters beside them.
        """
        children = self._graph.children[node]
        inputs = [child for at, (child, _) in enumerate(children) if at not in parameters]
        return not any(inputs) and not own & self._given

    def meets_other(self, node: Node, own: Sources) -> bool:
        """Whether what is computed from a node meets what comes from other data.

        Scalars do not count: losses of several inputs are summed.
        """
        derived = {node}
        waiting = [node]
        for below in waiting:
            for user in self._users.get(below, ()):
                if user not in derived and not _is_scalar(user):
                    derived.add(user)
                    waiting.append(user)
        return any(self._other(user, derived, own) for user in waiting[1:])

    def _other(self, user: Node, derived: Collection[Node], own: Sources) -> bool:
        children = self._graph.children[user]
        names = _OPERANDS.get(user.name(), {})
        keeps_channels = bool(names) or user.name() in _BY_ELEMENT
        for at, (child, _) in enumerate(children):
            if child in derived or (child is None and at not in names and keeps_channels):
                continue
            entering = self._sources(user, [at])
            if entering == {UNKNOWN} or not entering - {UNKNOWN} <= own:
                return True
        return False

    def _sources(self, node: Node, slots: Sequence[int]) -> Sources:
        """What enters a node by some of its inputs."""
        children = self._graph.children[node]
        if hasattr(node, "variable"):
            storage = _storage(node.variable)  # type: ignore[attr-defined]
            return frozenset([storage]) - self._constants
        if node.name() == "EmbeddingBackward0":
            return self._saved(node, "indices")
        entering: set[int] = set()
        names = _OPERANDS.get(node.name(), {})
        for at in slots:
            child = children[at][0]
            if child is not None:
                entering |= self._below[child]
            elif at in names:
                entering |= self._saved(node, names[at])
            elif not _is_number(node):
                entering.add(UNKNOWN)
        return frozenset(entering)

    def _saved(self, node: Node, name: str) -> Sources:
        """The source of a saved tensor; unknown if it would have to be recomputed."""
        key = f"gradsplit.source.{name}"
        noted = metadata(node)
        if key not in noted:
            noted[key] = UNKNOWN
            try:
                raw = getattr(node, f"_raw_saved_{name}", None)
                if raw is not None:
                    # Refused where hooks are set already: checkpointing, offloading.
                    raw.register_hooks(_same, _same)
                    noted[key] = _storage(getattr(node, f"_saved_{name}"))
            except RuntimeError:
                pass
        return frozenset([noted[key]]) - self._constants


def _same(value: Tensor) -> Tensor:
    return value


def _constants(model: nn.Module) -> Iterator[Tensor]:
    yield from model.parameters()
    yield from model.buffers()
    for module in model.modules():
        yield from (value for value in vars(module).values() if isinstance(value, Tensor))


def _storage(tensor: Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except NotImplementedError:
        return UNKNOWN


def _is_number(node: Node) -> bool:
    """Whether the other operand of a product is a number."""
    if node.name() not in ("MulBackward0", "DivBackward0"):
        return False
    other = node._saved_other  # type: ignore[attr-defined]
    return other is None or not isinstance(other, Tensor) or other.numel() == 1


def _is_scalar(node: Node) -> bool:
    shape = node._input_metadata[0].shape  # type: ignore[attr-defined]
    return len(shape) == 0 or tuple(shape) == (1,)
