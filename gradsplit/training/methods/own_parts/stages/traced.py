"""A trunk's forward pass as a graph of the modules that it calls, down to the named ones."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn

from gradsplit.errors import GradSplitError


class OneInput(nn.Module):
    """A trunk as it is called here, with its inputs alone; the other arguments have defaults."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, inputs: Tensor) -> Any:
        """What the trunk gives."""
        return self.trunk(inputs)


def target_of(name: str) -> str:
    """How the graph calls a module of the trunk."""
    return f"trunk.{name}" if name else "trunk"


def traced(trunk: nn.Module, names: Sequence[str], inputs: Tensor) -> fx.Graph:
    """The forward pass of a trunk, in which the named modules are single calls.

    Args:
        trunk: Followed as a copy.
        names: Its modules down to which it is followed.
        inputs: A few inputs; they decide what is asked of dtypes and shapes on the way.

    Raises:
        GradSplitError: It cannot be followed, or does something else in training.
    """
    trained, used = (
        _followed(OneInput(copy.deepcopy(trunk)).train(mode), names, inputs)
        for mode in (True, False)
    )
    if str(trained) != str(used):
        raise GradSplitError(
            "The trunk's forward pass between its stages is another one in training, which cannot "
            "be followed. Make what differs a module, e.g. nn.Dropout instead of F.dropout."
        )
    return trained


def _followed(root: OneInput, names: Sequence[str], inputs: Tensor) -> fx.Graph:
    answers: list[bool] = []
    while True:
        tracer = _Tracer(names, answers)
        try:
            graph = tracer.trace(root)
        except _Undecided as question:
            answers.append(_answer(question, root, inputs))
        # Own code of any kind is run with stand-ins for tensors.
        except Exception as error:
            raise _cannot_follow(str(error)) from error
        else:
            module = fx.GraphModule(root, graph)
            module.graph.eliminate_dead_code()
            return module.graph


class _Undecided(Exception):  # noqa: N818 - a question, not an error
    """The forward pass asks whether something holds that is not known while it is followed."""

    def __init__(self, node: fx.Node) -> None:
        super().__init__(str(node))
        self.node = node


class _Tracer(fx.Tracer):
    def __init__(self, names: Sequence[str], answers: Sequence[bool]) -> None:
        super().__init__()
        self._targets = [target_of(name) for name in names]
        self._answers = list(answers)

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:  # noqa: ARG002
        return not any(one.startswith(f"{module_qualified_name}.") for one in self._targets)

    def to_bool(self, obj: Any) -> bool:
        if self._answers:
            return self._answers.pop(0)
        raise _Undecided(obj.node)


def _answer(question: _Undecided, root: OneInput, inputs: Tensor) -> bool:
    """What is asked, for the inputs; it may be of types and shapes only, never of values."""
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    graph.graph_copy(question.node.graph, copies)
    graph.output(copies[question.node])
    by_value = any(one.target in ("item", "tolist") for one in graph.nodes)
    with torch.no_grad():
        answer = fx.Interpreter(root, graph=graph).run(inputs)
    if by_value or not isinstance(answer, bool):
        raise _cannot_follow(f"what it does depends on values ({question.node.name})")
    return answer


def _cannot_follow(why: str) -> GradSplitError:
    return GradSplitError(
        f"The trunk's forward pass cannot be followed down to its stages: {why} "
        "Write the trunk as modules in a row, e.g. nn.Sequential, or name fewer `stages`."
    )
