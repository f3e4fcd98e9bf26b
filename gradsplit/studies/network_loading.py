"""Trained networks from their files: of a run by `--keep-networks`, or of `gradsplit train`."""

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, NetworkNote, TaskSetError
from gradsplit.studies.arguments import the_method, the_taskset

if TYPE_CHECKING:
    import torch

    from gradsplit.training.kept_networks import TrainedBy
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.network_file import NetworkFacts
    from gradsplit.training.taskset import TaskSet

WEIGHTS = "weights.safetensors"
"""The file of a network in the folder of `gradsplit train`."""


def load_network(
    file: str | Path,
    taskset: "TaskSet | str | None" = None,
    *,
    method: "Method | str | None" = None,
    device: "str | torch.device" = "cpu",
) -> "MultiTaskNetwork":
    """A trained network from its file, as it was when it was scored.

    Task set and method are made again from what the file says where they are gradsplit's own; what
    is of somebody's own must be given: no code is run because a file names it. A task set is given
    as it was recommended for: a network that `train` made wider knows its width.

    Args:
        file: A run's file in the folder `networks`, `weights.safetensors` of `gradsplit train`, or
            the folder that one lies in.
        taskset: The task set that trained it, or its name as the commands take it.
        method: The method that trained it, an object or its words.
        device: Where the network is wanted.

    Returns:
        The network, in evaluation mode: `network(inputs, task)`.

    Raises:
        GradSplitError: The file is none of a network, task set or method must be given, or the
            weights do not fit what they make.
        TaskError: The network is of a task that the task set does not have.

    Warns:
        NetworkNote: What is given was told other things than the training, such as other steps; the
            weights fit all the same.

    Example:
        >>> import tempfile
        >>> from gradsplit import load_taskset, score, train
        >>> taskset = load_taskset("planted", {"steps": 2})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     trained = train(taskset, out=folder, progress=False)
        ...     network = load_network(folder)
        >>> score(network, taskset.for_seed(0)) == trained.scores
        True
    """
    from gradsplit.training.device import check_device
    from gradsplit.training.fit import check_run
    from gradsplit.training.kept_networks import TrainedBy
    from gradsplit.training.widened import filled

    check_device(device, here=True)
    path, facts = weights_file(file), network_facts(file)
    by = TrainedBy(_taskset(path, facts, taskset), _method(path, facts, method), facts.settings)
    check_run(facts.tasks, by.taskset)
    by, network = filled(by.taskset, facts, partial(_filled, path, facts, by))
    if others := _differences(facts.settings, by):
        warnings.warn(
            f"`{path}` was trained with other settings: {'; '.join(others)}. Its weights fit and "
            "are loaded.",
            NetworkNote,
            stacklevel=2,
        )
    return network.to(device).eval()


def network_facts(file: str | Path) -> "NetworkFacts":
    """What the file of a trained network says: its run, scores, and the settings of its training.

    Args:
        file: See `load_network`.

    Raises:
        GradSplitError: It is none of a network.
    """
    from gradsplit.training.network_file import NetworkFacts

    return NetworkFacts.read(weights_file(file))


def _filled(
    path: Path, facts: "NetworkFacts", by: "TrainedBy", taskset: "TaskSet"
) -> "tuple[TrainedBy, MultiTaskNetwork]":
    """The network of a task set with the weights of the file."""
    from gradsplit.training.network_file import read_weights

    by = replace(by, taskset=taskset)
    network = _built(path, facts, by)
    read_weights(path, network, facts)
    return by, network


def _built(path: Path, facts: "NetworkFacts", by: "TrainedBy") -> "MultiTaskNetwork":
    try:
        return by.built(facts.tasks, facts.seed)
    except (ArithmeticError, LookupError, RuntimeError, TypeError) as wrong:
        raise GradSplitError(
            f"The network of `{path}` cannot be built by its task set and method: {wrong}"
        ) from wrong


def weights_file(file: str | Path) -> Path:
    """The file of a network: itself, or that in the folder of `gradsplit train`.

    Raises:
        GradSplitError: The folder holds the networks of a grouping.
    """
    path = Path(file)
    if not path.is_dir():
        return path
    several = sorted(found.parent.name for found in path.glob(f"*/{WEIGHTS}"))
    if several and not (path / WEIGHTS).exists():
        raise GradSplitError(
            f"`{path}` holds {len(several)} networks that serve some of the tasks each: give one "
            f"of them, {' or '.join(str(path / name) for name in several[:4])}."
        )
    return path / WEIGHTS


def _taskset(path: Path, facts: "NetworkFacts", given: "TaskSet | str | None") -> "TaskSet":
    """The task set that is given, else a built-in one with the options of the settings."""
    from gradsplit.tasksets import built_in
    from gradsplit.tasksets.registry import load_taskset

    if given is not None:
        return the_taskset(given)
    said = facts.settings.get("task set")
    said = said if isinstance(said, Mapping) else {}
    name = said.get("task set")
    if isinstance(name, str) and name in built_in():
        # What is nested, such as a planted set's plants, is a part of the set and no option of it.
        own = _mapping(said.get("options")).items()
        plain = {key: value for key, value in own if not isinstance(value, Mapping)}
        options = {**_mapping(said.get("recipe")), **plain}
        try:
            made = load_taskset(name, options)
        except (TaskSetError, TypeError, ValueError):
            made = None
        if made is not None and _plain(made.settings()) == said:
            return made
    raise GradSplitError(
        f"`{path}` is of the task set {name!r}, which cannot be made from that alone: it is one of "
        "your own, has data or options that the file does not hold, or is of another release. Give "
        "it as `taskset=`."
    )


def _method(path: Path, facts: "NetworkFacts", given: "Method | str | None") -> "Method":
    from gradsplit.training.methods.from_settings import method_of

    if given is not None:
        return the_method(given)
    try:
        return method_of(facts.settings.get("method"))
    except GradSplitError as unknown:
        raise GradSplitError(f"`{path}`: {unknown}") from unknown


def _differences(settings: Mapping[str, Any], by: Any) -> list[str]:
    """What task set and method are told otherwise than in some settings, in words."""
    now = {
        "task set": by.taskset.settings(),
        "method": None if by.method is None else by.method.settings(),
    }
    then = {"task set": settings.get("task set"), "method": settings.get("method")}
    if then["method"] is None and now["method"] == {"method": "multi-head"}:
        now["method"] = None
    return [
        f"{name} {before!r} then, {after!r} now"
        for name, before, after in _compared("", then, _plain(now))
    ]


def _compared(name: str, then: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """The places where two settings differ: name, value then, value now."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in sorted({*then, *now}):
            yield from _compared(f"{name} {key}".strip(), then.get(key), now.get(key))
    elif then != now:
        yield name, then, now


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(settings: Any) -> Any:
    """Settings as they are when they were written and read."""
    return json.loads(json.dumps(settings, default=str))
