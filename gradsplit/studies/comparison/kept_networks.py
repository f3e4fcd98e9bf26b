"""The networks of a comparison's runs, kept beside its ledger, so that they can be scored again."""

import json
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import CheckpointNote, GradSplitError
from relations.digests import digest

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Run

FOLDER = "networks"


@dataclass(frozen=True)
class KeptNetworks:
    """One file a run.

    Attributes:
        folder: Made when the first is kept.
        taskset: What the runs are trained on.
    """

    folder: Path
    taskset: "TaskSet"

    def keep(self, run: "Run", network: "MultiTaskNetwork") -> None:
        """Put a network into the place of the former one of the same run.

        Warns:
            CheckpointNote: It cannot be written, e.g. because the disk is full; the run goes on.
        """
        from safetensors import SafetensorError

        from gradsplit.training.network_file import TrainedAs, save_network

        path = self._path(run)
        beside = path.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_network(network, beside, TrainedAs.of(network, self.taskset, run.seed))
            beside.replace(path)
        except (OSError, SafetensorError) as fault:
            with suppress(OSError):  # for the same reason
                beside.unlink()
            warnings.warn(f"{run}: its network cannot be kept ({fault}).", CheckpointNote, 2)

    def has(self, run: "Run") -> bool:
        """Whether there is a network of a run."""
        return self._path(run).is_file()

    def read(self, run: "Run", method: "Method | None") -> "MultiTaskNetwork | None":
        """The network of a run; None where there is none, or one of another training.

        Args:
            run: Which.
            method: How it was trained; multi-head when None.
        """
        from safetensors.torch import load_model

        from gradsplit.training.methods.multi_head import MultiHead
        from gradsplit.training.network_file import read_network

        if not self.has(run):
            return None
        try:
            _, trained_as = read_network(self._path(run))
        except GradSplitError:  # damaged
            return None
        settings = json.loads(json.dumps(self.taskset.settings(), default=str))
        if trained_as is None or trained_as.settings != settings:
            return None
        seen = self.taskset.for_seed(run.seed)
        network = (method or MultiHead()).network(seen, run.tasks, run.seed)
        try:
            load_model(network, self._path(run))
        except RuntimeError:  # another form, as of a method that replaces it while it trains
            return None
        return network.eval()

    def _path(self, run: "Run") -> Path:
        name = digest(json.dumps([sorted(run.tasks), run.variant]))
        return self.folder / f"{name}-{run.seed}.safetensors"
