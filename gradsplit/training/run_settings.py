"""Everything that changes the score of a run, as its ledger and the file of its network have it."""

from typing import Any

from gradsplit.training.fingerprint import TRAINING
from gradsplit.training.methods.method import Method
from gradsplit.training.taskset import TaskSet


def run_settings(taskset: TaskSet, method: Method | None, device: str) -> dict[str, Any]:
    """The settings as JSON values: the fingerprint of runs.

    Args:
        taskset: Tasks, data and networks.
        method: Multi-head when None.
        device: The kind of device.
    """
    return {
        "task set": taskset.settings(),
        "method": None if method is None else method.settings(),
        "device": device,
        "revisions": revisions(method),
    }


def revisions(method: Method | None) -> dict[str, int]:
    """The revisions of the training and of the method, by name."""
    return {"training": TRAINING, **({} if method is None else method.revisions())}
