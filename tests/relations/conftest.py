"""Trainers whose true changes are known, and the relation table of the method's authors."""

from collections.abc import Sequence

import pytest

from relations.runs import Outcome, Run
from relations.tasks import Task
from tests.relations.trainers_of_known_changes import KnownTrainer

SLIDES = {
    ("attribute", "reid"): -0.0216,
    ("attribute", "pose"): -0.0147,
    ("attribute", "parsing"): -0.0987,
    ("reid", "attribute"): -0.0205,
    ("reid", "pose"): -0.0136,
    ("reid", "parsing"): -0.1622,
    ("pose", "attribute"): -0.0077,
    ("pose", "reid"): -0.0086,
    ("pose", "parsing"): 0.0,
    ("parsing", "attribute"): -0.0091,
    ("parsing", "reid"): -0.0097,
    ("parsing", "pose"): 0.0011,
}


@pytest.fixture
def slides_trainer():
    return KnownTrainer(SLIDES, noise=0.001)


@pytest.fixture
def known_trainer():
    return KnownTrainer


def done(tasks: str, seed: int, *scores: float) -> Outcome:
    """A finished run, e.g. done("a+b", 0, 0.8, 0.7)."""
    members = tuple(tasks.split("+"))
    return Outcome(Run(members, seed), dict(zip(members, scores, strict=True)))


@pytest.fixture
def outcome():
    return done


@pytest.fixture
def four_tasks() -> Sequence[Task]:
    return [Task(name) for name in ("attribute", "reid", "pose", "parsing")]
