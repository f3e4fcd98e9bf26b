"""A network scored on a task set that it need not have been trained on: by what both know.

Tasks are matched by their names, and a task's outputs by the names that `TaskSet.outputs` gives
them. What has no match is left out of the score and said: nothing is filled in.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, TaskSetError, first_names
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.scoring import judged_apart, network_predict
from gradsplit.training.taskset import Predict, TaskSet

Outputs = Mapping[str, tuple[str, ...] | None]
"""Task -> the names of a network's outputs, as `TaskSet.outputs` gives them."""

_MOST_NAMED = 6
_NAMELESS = "its outputs have no names; they are taken as the same in both."


class Scored(dict[str, float]):
    """Task -> score on held-out data of a task set, of the tasks that could be scored.

    Attributes:
        side: Side scores by names such as "reid@rank-1"; NaN where one is not known.
        left_out: Task of either -> why it has no score.
        notes: What else is to be known of the scores, such as attributes that are left out.
    """

    def __init__(
        self,
        judged: Mapping[str, float],
        side: Mapping[str, float],
        left_out: Mapping[str, str],
        notes: Sequence[str],
    ) -> None:
        super().__init__(judged)
        self.side, self.left_out, self.notes = dict(side), dict(left_out), tuple(notes)

    def __str__(self) -> str:
        """A line a task, then what was left out and what else is to be known."""
        rows = [("task", "score"), *((task, f"{score:.4f}") for task, score in self.items())]
        name, number = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [f"{task:{name}}  {score:>{number}}" for task, score in rows]
        left_out = [f"left out: {task}: {why}" for task, why in self.left_out.items()]
        return "\n".join([*lines, *left_out, *(f"note: {note}" for note in self.notes)])


class Shared(NamedTuple):
    """What a network and a task set both name of a task.

    Attributes:
        names: In the order of the task set; empty where outputs are taken as they are.
        places: Of these among the network's outputs.
        wanted: How many outputs the network must give; 0 where that is not asked.
        nameless: The outputs have no names, but the same shapes.
        note: What else is to be known of it; "" if nothing.
    """

    names: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    wanted: int = 0
    nameless: bool = False
    note: str = ""

    @property
    def said(self) -> str:
        """What is to be known of it on another task set."""
        return _NAMELESS if self.nameless else self.note


def score_on(
    network: MultiTaskNetwork,
    taskset: TaskSet,
    outputs: Outputs,
    without: Mapping[str, str] = MappingProxyType({}),
    *,
    same: bool = False,
) -> Scored:
    """The metric of each task that a network and a task set share, on the task set's held-out data.

    The network is left in evaluation mode.

    Args:
        network: A trained network.
        taskset: What it is scored on; `taskset.for_seed(seed)` where that draws data by seed.
        outputs: Of the network's tasks.
        without: Task -> why it is left out whatever its outputs are.
        same: It was trained on this very task set, so outputs without names are the same.

    Raises:
        TaskSetError: A score is no number, or the network gives other outputs than it names.
        GradSplitError: The network cannot take its inputs, or its metric fails.
    """
    network.eval()
    shared, left_out = matched(network, taskset, outputs)
    left_out |= without
    shared = {task: found for task, found in shared.items() if task not in without}
    judged: dict[str, float] = {}
    side: dict[str, float] = {}
    for task, found in shared.items():
        try:
            value = _scored(network_predict(network, task), taskset, task, found)
        except GradSplitError:
            raise
        except Exception as fault:  # whatever modules and metrics of anybody's raise
            raise GradSplitError(
                f"The network cannot be scored on {task} of `{taskset.name}`: "
                f"{type(fault).__name__}: {fault}"
            ) from fault
        score, beside = judged_apart(taskset, task, value)
        if math.isfinite(score):
            judged[task] = score
            side |= beside
        else:
            left_out[task] = f"its score is {score}."
    said = {task: found.note if same else found.said for task, found in shared.items()}
    notes = [f"{task}: {note}" for task, note in said.items() if note]
    return Scored(judged, side, left_out, notes)


def matched(
    network: MultiTaskNetwork, taskset: TaskSet, outputs: Outputs
) -> tuple[dict[str, Shared], dict[str, str]]:
    """What of a task set a network can be scored on, and why it cannot on the rest.

    Returns:
        Task -> the outputs that both name; task -> why there are none.
    """
    shared: dict[str, Shared] = {}
    left_out: dict[str, str] = {}
    for task in taskset.task_names:
        if task not in network.tasks:
            left_out[task] = f"the network has no such task; it has {', '.join(network.tasks)}."
            continue
        found = _shared(network.head(task), taskset, task, outputs[task])
        if isinstance(found, str):
            left_out[task] = found
        else:
            shared[task] = found
    for task in network.tasks:
        if task not in taskset.task_names:
            left_out[task] = "the task set has no such task."
    return shared, left_out


class _EnoughError(Exception):
    """The first predictions were made."""


def cannot_predict(
    network: MultiTaskNetwork, taskset: TaskSet, shared: Mapping[str, Shared]
) -> str:
    """Why a network cannot take a task set's held-out inputs; "" if it can, as far as the first go.

    For before a training: of each task, scoring goes as far as the first predictions. The network
    is left in evaluation mode.

    Args:
        network: Any network of this kind, trained or not.
        taskset: What it would be scored on.
        shared: Of both, from `matched`.
    """
    network.eval()
    for task, found in shared.items():
        try:
            _scored(_first(network_predict(network, task)), taskset, task, found)
        except _EnoughError:
            continue
        except Exception as fault:  # whatever modules and metrics of anybody's raise
            return f"{task}: {type(fault).__name__}: {fault}"
    return ""


def _first(predict: Predict) -> Predict:
    def first(inputs: Tensor) -> Any:
        predict(inputs)
        raise _EnoughError

    return first


def _scored(predict: Predict, taskset: TaskSet, task: str, found: Shared) -> float:
    """The metric of a task on the outputs that both name."""
    if not found.names:
        return taskset.score(task, predict)
    return taskset.score_outputs(task, _chosen(predict, task, found), found.names)


def _shared(
    head: nn.Module, taskset: TaskSet, task: str, own: tuple[str, ...] | None
) -> Shared | str:
    """The outputs of a task that both name, or why there are none."""
    theirs = taskset.outputs(task)
    if theirs == ():
        return Shared()
    if own is None and theirs is None:
        other = unlike(head.state_dict(), taskset.head(task).state_dict())
        if other:
            return f"its outputs have no names to match them by, and {other}"
        return Shared(nameless=True)
    if not own or theirs is None:
        whose = "the task set's" if own else "the network's"
        return f"{whose} outputs have no names to match them by."
    if own == theirs:
        return Shared(own, tuple(range(len(own))), len(own))
    names = [name for name in theirs if Counter(theirs)[name] == 1 == Counter(own)[name]]
    if not names:
        return "no output of the network is called as one of the task set's."
    lost = [name for name in theirs if name not in names]
    named = first_names(lost, _MOST_NAMED)
    if lost and type(taskset).score_outputs is TaskSet.score_outputs:
        return f"the network has no {named}, and the task set has no score without them."
    note = f"scored on {len(names)} of {len(theirs)} outputs, without {named}." * bool(lost)
    return Shared(tuple(names), tuple(own.index(name) for name in names), len(own), note=note)


def unlike(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> str:
    """The first difference of two sets of parameters in names or shapes; "" without one.

    Args:
        own: Of the network.
        other: Of the task set.
    """
    return next(_unlike(own, other), "")


def _unlike(own: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> Iterator[str]:
    yield from (f"`{name}` is not in the network." for name in other if name not in own)
    yield from (f"`{name}` is not in the task set's head." for name in own if name not in other)
    for name, value in own.items():
        if value.shape != other[name].shape:
            here = tuple(other[name].shape)
            yield f"`{name}` is {tuple(value.shape)} in the network and {here} here."


def _chosen(predict: Predict, task: str, shared: Shared) -> Predict:
    """Predictions of the shared outputs alone, in the order of the task set."""
    places = torch.tensor(shared.places)

    def chosen(inputs: Tensor) -> Any:
        found = predict(inputs)
        if not isinstance(found, Tensor) or found.ndim < 2 or found.shape[1] != shared.wanted:
            given = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise TaskSetError(
                f"`{task}` of the network has {shared.wanted} named outputs, so its head must give "
                f"a tensor [N, {shared.wanted}, ...], got {given}."
            )
        return found if shared.places == tuple(range(shared.wanted)) else found[:, places]

    return chosen
