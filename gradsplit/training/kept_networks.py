"""The folder where the trained networks of runs are kept, a file a run."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import nn

from gradsplit.errors import GradSplitError, NetworkNote
from gradsplit.training.fit import Fitted
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.network_file import SUFFIX, NetworkFacts, write_network
from gradsplit.training.taskset import TaskSet, keeping_recipe
from relations.run_files import run_file
from relations.runs import Run

FOLDER = "networks"
"""Beside the ledger."""


def network_path(folder: Path, run: Run) -> Path:
    """The file of a run's network, in the folder of all."""
    return run_file(folder, run, SUFFIX)


@dataclass(frozen=True)
class TrainedBy:
    """What trained a network, as its file says it.

    Attributes:
        taskset: Tasks, data and networks.
        method: Multi-head when None.
        settings: What the training was told of both; see `TaskSetTrainer.settings`.
        width: Factor by which the task set was widened before; who loads the network has the task
            set as it was.
    """

    taskset: TaskSet
    method: Method | None
    settings: Mapping[str, Any] = field(repr=False)
    width: float = 1.0

    def write(self, path: Path, fitted: Fitted, run: Run) -> None:
        """Write a run's network.

        Raises:
            OSError: See `write_network`.
            GradSplitError: See there.
        """
        side = {name: value if value == value else None for name, value in fitted.side.items()}
        seen = self.taskset.for_seed(run.seed)
        facts = NetworkFacts(
            run.tasks, run.seed, run.variant, fitted.scores, self.settings, side,
            outputs={task: seen.outputs(task) for task in run.tasks},
            plain=_is_plain(fitted.network, self.method), width=self.width,
        )  # fmt: skip
        write_network(path, fitted.network, facts, lambda: self.built(run.tasks, run.seed))

    def built(self, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """A network of the form that a run ends with."""
        taskset = keeping_recipe(self.taskset, self.taskset.for_seed(seed))
        return (self.method or MultiHead()).finished_network(taskset, tasks, seed)


@dataclass(frozen=True)
class KeptNetworks:
    """Where the trained networks of runs are kept.

    Attributes:
        folder: Of all runs.
        by: What trains them.
    """

    folder: Path
    by: TrainedBy

    def keep(self, fitted: Fitted, run: Run) -> None:
        """Write a run's network, if that is possible: its scores count all the same.

        Warns:
            NetworkNote: It is not, e.g. because the disk is full.
        """
        try:
            self.by.write(network_path(self.folder, run), fitted, run)
        except (GradSplitError, OSError) as fault:
            warnings.warn(
                f"{run}: its network cannot be kept ({fault}); its scores are.",
                NetworkNote,
                stacklevel=2,
            )


def part_bytes(taskset: TaskSet, method: Method | None = None) -> dict[str, int]:
    """What the file of a run's network holds: bytes of each task's head, and under "" of the rest.

    Args:
        taskset: Builds the network of all its tasks.
        method: How it is trained; multi-head when None.

    Cost: building the network once.
    """
    tasks = taskset.task_names
    built = TrainedBy(taskset, method, {}).built(tasks, 0)
    heads = {task: _bytes(built.head(task)) for task in tasks}
    return {"": _bytes(built) - sum(heads.values()), **heads}


def _is_plain(network: nn.Module, method: Method | None) -> bool:
    """Whether it is one trunk and a head a task, as every task set builds them."""
    parts = () if method is None else method.parts()
    builders = (Method.network, OnTop.network)
    return type(network) is MultiTaskNetwork and all(
        type(part).network in builders for part in parts
    )


def _bytes(module: nn.Module) -> int:
    """Bytes of what a module saves; what is shared counts once."""
    held = {one.data_ptr() or id(one): one.nbytes for one in module.state_dict().values()}
    return sum(held.values())
