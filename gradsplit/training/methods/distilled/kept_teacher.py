"""A teacher that was trained before, as a single-task run whose network was kept."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.network_file import SUFFIX, NetworkFacts, read_weights
from gradsplit.training.run_settings import run_settings
from relations.run_files import run_file
from relations.runs import Run


def read_teacher(folder: Path, run: Training, task: str, network: nn.Module) -> bool:
    """Give a network the weights that plain training of one task of a run ended with.

    A teacher that differs in its number of steps alone is none, and no mistake either: the cost of
    a step is measured with a few steps, and `--steps` compares two numbers of them.

    Args:
        folder: The folder `networks` of a probe with `--keep-networks`.
        run: Whose task set, seed and device the teacher must have been trained with.
        task: Of the run.
        network: Of that task alone; changed in place.

    Returns:
        Whether it did; False where the kept one was trained for another number of steps.

    Raises:
        GradSplitError: There is no such network, or it was trained in another way.
    """
    path = run_file(folder, Run((task,), run.seed), SUFFIX)
    if not path.is_file():
        raise GradSplitError(
            f"There is no network of {task} alone with seed {run.seed} in `{folder}` (expected "
            f"{path.name}). Give the folder `networks` of a probe or a comparison that trained "
            "these tasks alone with these seeds and `--keep-networks`, or leave `teachers` out: "
            "they are trained then."
        )
    facts = NetworkFacts.read(path)
    if other := _differences(facts, run, task, steps=False):
        raise GradSplitError(
            f"`{path}` is no teacher of this run: other {', '.join(other)}. Give networks that the "
            "same task set trained with the same options on the same kind of device, or leave "
            "`teachers` out: they are trained then."
        )
    if _differences(facts, run, task, steps=True):
        return False
    read_weights(path, network, facts)
    return True


def _differences(facts: NetworkFacts, run: Training, task: str, *, steps: bool) -> list[str]:
    """What of a kept network's training, its number of steps or not, is other than here."""
    ours = run_settings(run.taskset, None, run.device.type)
    theirs = {key: facts.settings.get(key) for key in ours}
    if not steps:
        ours["task set"], theirs["task set"] = map(
            _but_steps, (ours["task set"], theirs["task set"])
        )
    other = [key for key, value in ours.items() if _as_text(value) != _as_text(theirs[key])]
    return other if (facts.tasks, facts.seed) == ((task,), run.seed) else ["task or seed", *other]


def _but_steps(taskset: Any) -> Any:
    """Settings of a task set without the recipe's number of steps."""
    if not isinstance(taskset, Mapping) or not isinstance(taskset.get("recipe"), Mapping):
        return taskset
    return {**taskset, "recipe": {**taskset["recipe"], "steps": None}}


def _as_text(value: Any) -> str:
    """As the file of a network has it."""
    return json.dumps(value, sort_keys=True, default=str)
