"""A trained network in a file: its weights, and what they were trained as.

The weights lie in the file by their names in the network, as `safetensors` has them; what they were
trained as is JSON among the file's metadata, so that other programs read the weights as before.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet

WEIGHTS = "weights.safetensors"
"""The file's name in the folder of a training."""

_KEY, _FORMAT, _VERSION = "gradsplit", "gradsplit-network", 1


@dataclass(frozen=True)
class TrainedAs:
    """What a network was trained as.

    Attributes:
        taskset: The name of the task set.
        tasks: Those that the network has a head for, in order.
        outputs: Task -> names of its outputs, see `TaskSet.outputs`.
        seed: Of the run.
        form: Words of the method that builds the network; "" is one trunk and a head a task, None a
            network that only the object of its method can build.
        settings: Of the task set, see `TaskSet.settings`.
    """

    taskset: str
    tasks: tuple[str, ...]
    outputs: Mapping[str, tuple[str, ...] | None]
    seed: int
    form: str | None = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        network: MultiTaskNetwork,
        taskset: TaskSet,
        seed: int,
        method: Method | None = None,
        words: str | None = None,
    ) -> "TrainedAs":
        """What a network that was just trained was trained as.

        Args:
            network: The network.
            taskset: What it was trained on.
            seed: Of the run.
            method: How; multi-head or a mask when None.
            words: The method as it was asked for, where it was in words.
        """
        seen = taskset.for_seed(seed)
        return cls(
            taskset.name,
            network.tasks,
            {task: seen.outputs(task) for task in network.tasks},
            seed,
            "" if _is_plain(network, method) else words,
            taskset.settings(),
        )


def save_network(network: MultiTaskNetwork, path: Path, trained_as: TrainedAs) -> None:
    """Write a network's weights without pickle, and what they were trained as."""
    from safetensors.torch import save_model

    about = {"format": _FORMAT, "version": _VERSION, **asdict(trained_as)}
    save_model(network, str(path), {_KEY: json.dumps(about, sort_keys=True, default=str)})


def read_network(path: str | Path) -> tuple[dict[str, Tensor], TrainedAs | None]:
    """The weights of a file by name, and what they were trained as; None of an earlier release.

    Args:
        path: The file, or the folder of a training with `WEIGHTS` in it.

    Raises:
        GradSplitError: There is no such file, it holds no weights, or what it says of itself cannot
            be read.
    """
    from safetensors import SafetensorError, safe_open

    place = Path(path)
    file = place / WEIGHTS if place.is_dir() else place
    if not file.is_file():
        raise GradSplitError(
            f"There are no weights at `{file}`. Give the folder that `gradsplit train TASKSET "
            f"--out DIR` wrote, or its {WEIGHTS}."
        )
    try:
        with safe_open(file, framework="pt") as opened:
            weights = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
            text = (opened.metadata() or {}).get(_KEY)
    except SafetensorError as wrong:
        raise GradSplitError(
            f"`{file}` cannot be read as weights (safetensors): {wrong}"
        ) from wrong
    return weights, None if text is None else _trained_as(text, file)


def _trained_as(text: str, file: Path) -> TrainedAs:
    try:
        said = json.loads(text)
        version = said["version"]
        if said["format"] != _FORMAT or type(version) is not int:
            raise ValueError("it has another format")
        if version > _VERSION:
            raise ValueError(f"it has version {version}, this release reads {_VERSION}")
        return _checked(said)
    except (KeyError, TypeError, ValueError, RecursionError) as wrong:
        raise GradSplitError(
            f"What `{file}` says of its network cannot be read ({type(wrong).__name__}: {wrong}). "
            "Train it anew, or with the release that wrote it."
        ) from wrong


def _checked(said: Mapping[str, Any]) -> TrainedAs:
    """What a file says, where every part of it has its kind."""
    tasks, outputs, form = said["tasks"], said["outputs"], said["form"]
    sound = (
        isinstance(said["taskset"], str)
        and type(said["seed"]) is int
        and (form is None or isinstance(form, str))
        and isinstance(said["settings"], dict)
        and _are_texts(tasks)
        and isinstance(outputs, dict)
        and outputs.keys() == set(tasks)
        and all(names is None or _are_texts(names) for names in outputs.values())
    )
    if not sound:
        raise ValueError("a part of it is of another kind")
    named = {task: None if names is None else tuple(names) for task, names in outputs.items()}
    return TrainedAs(said["taskset"], tuple(tasks), named, said["seed"], form, said["settings"])


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_plain(network: MultiTaskNetwork, method: Method | None) -> bool:
    """Whether it is one trunk and a head a task, as every task set builds them."""
    parts = () if method is None else method.parts()
    builders = (Method.network, OnTop.network)
    return type(network) is MultiTaskNetwork and all(
        type(part).network in builders for part in parts
    )
