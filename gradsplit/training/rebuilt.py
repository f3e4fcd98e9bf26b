"""A network built again from its file, with the modules of a task set: nothing of it is drawn anew.

The task set builds trunk and heads, the file fills every parameter. A head may have another number
of outputs in the file than the task set's own: it then has those of the file, since outputs are
matched by name when it is scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from gradsplit.errors import GradSplitError, TaskSetError, all_problems
from gradsplit.training.methods.from_settings import method_of
from gradsplit.training.network import MultiTaskNetwork, build_network, head_key
from gradsplit.training.network_file import NetworkFacts
from gradsplit.training.other_set import Outputs
from gradsplit.training.taskset import TaskSet

Names = tuple[str, ...]

_TRUNK, _HEADS = "trunk.", "heads."
_MOST_SAID = 12  # of a network of hundreds of layers


@dataclass(frozen=True)
class Rebuilt:
    """A network from a file.

    Attributes:
        network: With a head for the tasks that file and task set share.
        outputs: Names of the outputs of these tasks.
        left_out: Of these tasks, those whose head is another one in the file -> what is different.
    """

    network: MultiTaskNetwork
    outputs: Outputs
    left_out: Mapping[str, str]


def rebuilt(weights: Mapping[str, Tensor], facts: NetworkFacts | None, taskset: TaskSet) -> Rebuilt:
    """Build a network from the weights of a file.

    Args:
        weights: As `read_network` gives them.
        facts: The same; without it one trunk and a head a task are expected, and the outputs
            have no names.
        taskset: Builds the modules.

    Raises:
        TaskSetError: File and task set share no task, or have other trunks; all problems at once.
        GradSplitError: Only the object of a method builds such a network.
    """
    tasks = _common(weights, facts, taskset)
    network = _built(facts, taskset, tasks)
    own = {task: None if facts is None else facts.outputs.get(task) for task in tasks}
    state = network.state_dict()
    fitting = {name: weights[name] for name, value in state.items() if _fits(weights, name, value)}
    problems = _unused(weights, state) if facts is None or facts.plain else []
    left_out: dict[str, str] = {}
    for name, value in _not_filled(state, weights, fitting).items():
        found, task = weights.get(name), _task_of(name, tasks)
        if task is None:
            problems.append(_difference(name, found, value))
        elif found is not None and _only_outputs(found, value, own[task], taskset.outputs(task)):
            _replace(network, name, found)
        else:
            left_out.setdefault(task, f"its head is another one: {_difference(name, found, value)}")
    for name in weights.keys() - state.keys():
        if task := _task_of(name, tasks):
            left_out.setdefault(task, f"its head is another one: it has no `{name}` here.")
    if problems:
        more = [f"{len(problems) - _MOST_SAID} more like these."] * (len(problems) > _MOST_SAID)
        said = [*problems[:_MOST_SAID], *more]
        raise TaskSetError(all_problems("The weights are of another network", said))
    network.load_state_dict(fitting, strict=False)
    return Rebuilt(network.eval(), own, left_out)


def _common(
    weights: Mapping[str, Tensor], facts: NetworkFacts | None, taskset: TaskSet
) -> tuple[str, ...]:
    """The tasks that both have, in the order of the network, which says what its parts are."""
    if facts is not None:
        there: Sequence[str] = facts.tasks
    else:
        heads = {name.split(".")[1] for name in weights if name.startswith(_HEADS)}
        there = [task for task in taskset.task_names if head_key(task) in heads]
    common = tuple(task for task in there if task in taskset.task_names)
    if not common:
        raise TaskSetError(
            f"The network has the tasks {', '.join(there) or '(none of the task set)'}, and "
            f"`{taskset.name}` {', '.join(taskset.task_names)}: none is the same."
        )
    return common


def _built(
    facts: NetworkFacts | None, taskset: TaskSet, tasks: tuple[str, ...]
) -> MultiTaskNetwork:
    if facts is None or facts.plain:
        return build_network(taskset, tasks, 0)
    try:
        method = method_of(facts.settings.get("method"))
    except GradSplitError as unknown:
        raise GradSplitError(
            f"{unknown} Or score the network where it is trained: "
            "gradsplit.score(fitted.network, taskset)."
        ) from unknown
    return method.finished_network(taskset, tasks, facts.seed)


def _unused(weights: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> list[str]:
    """What a file has of the trunk and the task set has not."""
    return [
        f"`{name}` of the file is not in the task set's network."
        for name in weights
        if name.startswith(_TRUNK) and name not in state
    ]


def _not_filled(
    state: Mapping[str, Tensor], weights: Mapping[str, Tensor], fitting: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """The network's parameters and buffers that the file has not, or has in another shape."""
    # A file holds tensors that several modules share once, under one of their names.
    filled = {state[name].data_ptr() for name in fitting}
    return {
        name: value
        for name, value in state.items()
        if name not in fitting and (name in weights or value.data_ptr() not in filled)
    }


def _task_of(name: str, tasks: Sequence[str]) -> str | None:
    """The task whose head a parameter is of; None of the trunk's."""
    return next((one for one in tasks if name.startswith(f"{_HEADS}{head_key(one)}.")), None)


def _fits(weights: Mapping[str, Tensor], name: str, value: Tensor) -> bool:
    found = weights.get(name)
    return found is not None and found.shape == value.shape and _kind(found) == _kind(value)


def _kind(value: Tensor) -> tuple[bool, bool]:
    return value.is_floating_point(), value.is_complex()


def _only_outputs(found: Tensor, value: Tensor, own: Names | None, theirs: Names | None) -> bool:
    """Whether a head's parameter differs in the number of outputs alone."""
    alike = found.ndim > 0 and found.shape[1:] == value.shape[1:] and _kind(found) == _kind(value)
    if theirs == ():
        return alike  # such as a classifier of identities, which no score looks at
    return alike and len(found) == len(own or ()) and len(value) == len(theirs or ())


def _replace(network: nn.Module, name: str, found: Tensor) -> None:
    """Put a tensor of another shape in a parameter's place."""
    place, _, leaf = name.rpartition(".")
    module = network.get_submodule(place)
    is_parameter = leaf in dict(module.named_parameters(recurse=False))
    setattr(
        module, leaf, nn.Parameter(found.clone(), requires_grad=False) if is_parameter else found
    )


def _difference(name: str, found: Tensor | None, value: Tensor) -> str:
    if found is None:
        return f"`{name}` is missing in the file."
    of_file, here = (f"{tuple(one.shape)} {one.dtype}" for one in (found, value))
    return f"`{name}` is {of_file} in the file and {here} here."
