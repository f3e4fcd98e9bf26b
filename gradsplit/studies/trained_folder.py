"""The folder of `gradsplit train`: weights, scores, losses and side scores of one network."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.network_loading import WEIGHTS
from relations.side_scores import parted
from relations.tables.json_text import json_value
from relations.tables.whole_file import write_whole

if TYPE_CHECKING:
    from gradsplit.training.fit import Fitted
    from gradsplit.training.kept_networks import TrainedBy
    from relations.runs import Run

SCORES = "scores.json"
LOSSES = "losses.json"
SIDE_SCORES = "side_scores.json"


def write_trained(folder: Path, fitted: "Fitted", by: "TrainedBy", run: "Run") -> None:
    """Weights without pickle, the rest as JSON; the scores first, which nothing can keep away.

    Args:
        folder: Where to.
        fitted: The finished training.
        by: What trained it.
        run: Its tasks and seed.

    Raises:
        OSError: A file cannot be written, e.g. because the disk is full.
        GradSplitError: The network holds more than tensors.
    """
    write_whole(folder / SCORES, json.dumps(fitted.scores, indent=2) + "\n")
    write_whole(folder / LOSSES, json.dumps(fitted.losses) + "\n")
    _write_side(folder, fitted.side)
    by.write(folder / WEIGHTS, fitted, run)


def write_grouped(folder: Path, served: "Mapping[str, Fitted]") -> None:
    """Each task's scores by the network that serves it.

    Args:
        folder: Where to.
        served: Task -> that network.
    """
    scores = {task: fitted.scores[task] for task, fitted in served.items()}
    write_whole(folder / SCORES, json.dumps(scores, indent=2) + "\n")
    _write_side(folder, _of_served(served))


def _of_served(served: "Mapping[str, Fitted]") -> dict[str, float]:
    """Each task's side scores by the network that serves it."""
    return {
        name: value
        for task, fitted in served.items()
        for name, value in fitted.side.items()
        if (own := parted(name, tuple(fitted.scores))) and own[0] == task
    }


def _write_side(folder: Path, side: Mapping[str, float]) -> None:
    """In a file of their own, so that whoever reads scores.json judges none of them.

    What is not known is null.
    """
    if side:
        known = {name: json_value(value) for name, value in side.items()}
        write_whole(folder / SIDE_SCORES, json.dumps(known, indent=2) + "\n")
