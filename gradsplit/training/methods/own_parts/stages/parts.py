"""The parts of a traced trunk: what is called in each stage, as a graph of its own."""

from collections.abc import Sequence
from typing import Any

from torch import fx, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.methods.own_parts.stages.traced import OneInput, target_of


def check_names(trunk: nn.Module, names: Sequence[str]) -> None:
    """Refuse names that cannot be the ends of stages.

    Raises:
        GradSplitError: There is none, or a module is part of another.
        ModuleNameError: The trunk has no module of that name.
    """
    known = {name for name, _ in trunk.named_modules()}
    for name in names:
        if name not in known:
            children = ", ".join(child for child, _ in trunk.named_children())
            raise ModuleNameError(f"The trunk has no module `{name}`. Its children are {children}.")
        inside = [one for one in names if one.startswith(f"{name}.")]
        if inside:
            raise GradSplitError(f"`{inside[0]}` is a part of `{name}`: only one can end a stage.")
    if not names:
        raise GradSplitError("No stage is named. Give `stages=` names, or leave it out.")


def stage_graphs(graph: fx.Graph, trunk: nn.Module, names: Sequence[str]) -> list[fx.Graph]:
    """A graph of one input for each stage, and for what follows the last if that has parameters.

    Args:
        graph: The trunk's; see `traced`.
        trunk: Whose it is.
        names: The modules that end the stages.

    Raises:
        GradSplitError: They are not called once each in this order, or a later part needs more than
            what the part before it gives; it names the first such stage.
    """
    return _graphs(graph, _parts(graph, trunk, names), names)


def _parts(graph: fx.Graph, trunk: nn.Module, names: Sequence[str]) -> list[list[fx.Node]]:
    """What is called in each part."""
    targets = [target_of(name) for name in names]
    in_order = [node for node in graph.nodes if node.target in targets]
    if [node.target for node in in_order] != targets:
        order = ", ".join(map(_called, in_order)) or "none"
        raise GradSplitError(
            f"Stages end with {', '.join(names)}, each to be called once and in this order. "
            f"The trunk calls {order} of them."
        )
    parts: list[list[fx.Node]] = [[]]
    ended = False
    for node in graph.nodes:
        if node.op not in ("call_module", "call_function", "call_method"):
            continue
        if ended and node.op == "call_module" and _has_parameters(trunk, str(node.target)):
            parts.append([])
            ended = False
        parts[-1].append(node)
        ended = ended or node.target in targets
    return parts


def _has_parameters(trunk: nn.Module, target: str) -> bool:
    module = OneInput(trunk).get_submodule(target)
    return any(True for _ in module.parameters())


def _graphs(
    graph: fx.Graph, parts: Sequence[Sequence[fx.Node]], names: Sequence[str]
) -> list[fx.Graph]:
    start, end = next(iter(graph.nodes)), graph.output_node()
    incoming, made = start, []
    for number, part in enumerate(parts):
        later = [node for after in parts[number + 1 :] for node in after]
        leaving = end.args[0]
        if later:
            past = {start, *(node for before in parts[: number + 1] for node in before)}
            used = [n for node in (*later, end) for n in node.all_input_nodes if n in past]
            if len(set(used)) != 1 or used[0] not in part:
                raise GradSplitError(
                    f"The trunk cannot be cut behind the stage `{names[number]}`: later parts use "
                    f"{', '.join(sorted(map(_called, set(used))))}, not its output alone. Name "
                    "stages between which a single tensor is passed on."
                )
            leaving = used[0]
        made.append(_graph(part, incoming, leaving))
        incoming = leaving
    return made


def _graph(part: Sequence[fx.Node], incoming: Any, leaving: Any) -> fx.Graph:
    graph = fx.Graph()
    copies = {incoming: graph.placeholder("features")}

    def copied(node: fx.Node) -> fx.Node:
        if node not in copies:  # a parameter that is used by itself
            copies[node] = graph.node_copy(node)
        return copies[node]

    for node in part:
        copies[node] = graph.node_copy(node, copied)
    graph.output(fx.map_arg(leaving, copied))
    return graph


def _called(node: fx.Node) -> str:
    return str(node.target).removeprefix("trunk.") if node.op == "call_module" else node.name
