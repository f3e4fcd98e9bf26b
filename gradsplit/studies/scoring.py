"""A trained network scored: on what it was trained on, or on another task set."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from gradsplit.studies.arguments import the_taskset
from gradsplit.studies.network_loading import weights_file

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.network_file import NetworkFacts
    from gradsplit.training.other_set import Scored
    from gradsplit.training.rebuilt import Rebuilt
    from gradsplit.training.taskset import TaskSet


def score(
    network: "MultiTaskNetwork | str | Path",
    taskset: "TaskSet | str",
    *,
    trained_on: "TaskSet | str | None" = None,
    device: "str | torch.device | None" = None,
) -> "Scored":
    """The metric of each of a network's tasks on held-out data of a task set.

    On another task set than the network was trained on, tasks are matched by name, and a task's
    outputs (attributes, joints, classes) by the names that `TaskSet.outputs` gives them: only what
    both name is scored, the rest is left out and said. Re-identification needs no match, as it
    compares features. Every parameter is the network's own; a task whose head does not fit is left
    out. Of a file the task set builds the modules, so pretrained weights need not be loaded.

    Args:
        network: A trained network; or the folder that `train` wrote, or its weights.safetensors.
        taskset: What it is scored on, or its name as the commands take it. For a network in memory
            `taskset.for_seed(seed)` of the run's seed where the task set draws its data anew for
            every seed; of a file the seed is known.
        trained_on: Of a network in memory, what it was trained on where that is another task set.
        device: Where the network is run; where it is when None, and the CPU for a file.

    Returns:
        Task -> score, with `side`, `left_out` and `notes`; it prints as `gradsplit score` does. The
        network is left in evaluation mode.

    Raises:
        GradSplitError: There are no weights, they are of another trunk, or nothing can be scored.
        TaskSetError: There is no task set of that name, or its `score` does not give a number.

    Cost: one evaluation of each task.

    Example:
        >>> from gradsplit import fit, load_taskset
        >>> taskset = load_taskset("planted", {"steps": 2})
        >>> fitted = fit(taskset, ("loud", "quiet"), seed=0)
        >>> scored = score(fitted.network, taskset)
        >>> scored == fitted.scores, sorted(scored.left_out)
        (True, ['apart', 'scarce'])
    """
    from gradsplit.training.device import check_device
    from gradsplit.training.network import MultiTaskNetwork

    taskset = the_taskset(taskset)
    if device is not None:
        check_device(device, here=True)
    if isinstance(network, str | Path):
        if trained_on is not None:
            raise GradSplitError("A file says itself what it was trained on: leave trained_on out.")
        scored = _of_file(network, taskset, device)
    elif isinstance(network, MultiTaskNetwork):
        moved = network if device is None else network.to(device)
        scored = _of_network(moved, taskset, trained_on)
    else:
        raise GradSplitError(
            f"`network` must be a trained network or the folder of one, got {network!r}."
        )
    if not scored:
        why = "; ".join(f"{task}: {reason}" for task, reason in scored.left_out.items())
        hint = _width_hint(why, taskset)
        raise GradSplitError(f"No task can be scored on `{taskset.name}`: {why}{hint}")
    return scored


def _width_hint(why: str, taskset: "TaskSet") -> str:
    """How a task set is given for a network of another width, where that may be what is wrong."""
    from gradsplit.training.widened import HINT, can_widen

    return f" {HINT}" if " in the network and " in why and can_widen(taskset) else ""


def _of_network(
    network: "MultiTaskNetwork", taskset: "TaskSet", trained_on: "TaskSet | str | None"
) -> "Scored":
    from gradsplit.training.other_set import score_on

    own = taskset if trained_on is None else the_taskset(trained_on)
    outputs = {
        task: own.outputs(task) if task in own.task_names else None for task in network.tasks
    }
    return score_on(network, taskset, outputs, same=trained_on is None)


def _of_file(file: str | Path, taskset: "TaskSet", device: "str | torch.device | None") -> "Scored":
    from gradsplit.training.network_file import read_network
    from gradsplit.training.other_set import score_on
    from gradsplit.training.widened import filled

    weights, facts = read_network(weights_file(file))
    taskset, made = filled(taskset, facts, partial(_rebuilt, weights, facts))
    network = made.network if device is None else made.network.to(device)
    same = facts is not None and _of_taskset(facts) == _plain(taskset.settings())
    scored = score_on(network, taskset, made.outputs, made.left_out, same=same)
    if facts is not None:
        for task in facts.tasks:
            if task not in taskset.task_names:
                scored.left_out[task] = "the task set has no such task."
        scored.notes += tuple(_notes(facts, taskset))
    return scored


def _rebuilt(
    weights: "Mapping[str, Tensor]", facts: "NetworkFacts | None", taskset: "TaskSet"
) -> "tuple[TaskSet, Rebuilt]":
    """The task set of the run, and its network with the weights."""
    from gradsplit.training.rebuilt import rebuilt

    seen = taskset.for_seed(0 if facts is None else facts.seed)
    return seen, rebuilt(weights, facts, seen)


def _notes(facts: "NetworkFacts", taskset: "TaskSet") -> list[str]:
    """Where the task set is another one than the network was trained on, as far as that shows."""
    then, here = _of_taskset(facts), _plain(taskset.settings())
    if then.get("task set") != here.get("task set"):
        return [f"trained on `{then.get('task set')}`, scored on `{taskset.name}`."]
    own, now = then.get("options", {}), here.get("options", {})
    other = sorted(name for name in own.keys() | now.keys() if own.get(name) != now.get(name))
    if not other:
        return []
    return [f"the options {', '.join(other)} are others than those it was trained with."]


def _of_taskset(facts: "NetworkFacts") -> Mapping[str, Any]:
    """The settings of the task set that a network was trained on."""
    said = facts.settings.get("task set")
    return said if isinstance(said, Mapping) else {}


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they come back from a file."""
    return json.loads(json.dumps(settings, default=str))
