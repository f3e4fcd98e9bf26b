"""The networks of a comparison's runs, kept beside its ledger, so that they can be scored again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Run


@dataclass(frozen=True)
class RunNetworks:
    """One file a run, as `--keep-networks` leaves them.

    Attributes:
        folder: Of all runs.
        taskset: What the runs are trained on.
    """

    folder: Path
    taskset: "TaskSet"

    def has(self, run: "Run") -> bool:
        """Whether there is a network of a run."""
        return self._path(run).is_file()

    def read(self, run: "Run", method: "Method | None") -> "MultiTaskNetwork | None":
        """The network of a run; None where there is none, or one of another training.

        Args:
            run: Which.
            method: How it was trained; multi-head when None.
        """
        from gradsplit.training.kept_networks import TrainedBy
        from gradsplit.training.network_file import NetworkFacts, read_weights

        if not self.has(run):
            return None
        settings = json.loads(json.dumps(self.taskset.settings(), default=str))
        try:
            facts = NetworkFacts.read(self._path(run))
            if facts.settings.get("task set") != settings:
                return None
            network = TrainedBy(self.taskset, method, facts.settings).built(run.tasks, run.seed)
            read_weights(self._path(run), network, facts)
        except GradSplitError:  # damaged, or of another form
            return None
        return network.eval()

    def _path(self, run: "Run") -> Path:
        from gradsplit.training.kept_networks import network_path

        return network_path(self.folder, run)
