"""Trainings that can go on in the middle of a run: where they keep what they have.

Such a trainer has an attribute `goes_on` that is true, `keeping(folder, code)`, the same trainer
that keeps unfinished runs in a folder and goes on with those that it finds there of the same code,
and `settled(run)`, told that a run's outcome is in the ledger.
"""

import json
from pathlib import Path
from typing import Any

from relations.ledger.ledger import Ledger
from relations.runs import Run, Trainer
from relations.watch.declared import watched

FOLDER = "unfinished"
"""Beside the ledger, or in the folder of a training."""


def can_go_on(train: Trainer) -> bool:
    """Whether a trainer's runs can be stopped and go on."""
    return bool(getattr(train, "goes_on", False))


def keeping(train: Trainer, ledger: Ledger) -> Trainer:
    """The trainer with a place for unfinished runs, if it knows what to do with one."""
    return keeping_in(ledger.path.parent / FOLDER, train) if can_go_on(train) else train


def keeping_in(folder: Path, train: Trainer) -> Trainer:
    """A trainer that can go on, with its place and what is watched of its code."""
    able: Any = train
    return able.keeping(folder, code_behind(train))


def code_behind(train: Trainer) -> str:
    """What is watched of a trainer's code, as a text."""
    return json.dumps(watched(train).settings(), sort_keys=True, default=str)


def has_unfinished(ledger: Ledger) -> bool:
    """Whether something is kept beside a ledger."""
    return (ledger.path.parent / FOLDER).is_dir()


def settled(train: Trainer, run: Run) -> None:
    """Tell a trainer that a run's outcome is in the ledger."""
    able: Any = train
    if can_go_on(train):
        able.settled(run)
