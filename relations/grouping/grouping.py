"""A grouping: which networks to train, for which tasks, and who is served by which."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from relations.grouping.candidate import Choice
from relations.grouping.grouping_file import grouping_json, read_grouping
from relations.grouping.grouping_text import grouping_text
from relations.grouping.stability import Stability


@dataclass(frozen=True)
class Grouping:
    """The best choice of networks that was asked for.

    Attributes:
        tasks: All tasks.
        choice: The networks, and what each task gains in them.
        budget: What they might cost; one of full size costs 1.
        runner_up: The best choice of other networks; None where there is none or none was looked
            for.
        stability: How often other seeds would have led to it; None where it is not known.
        together: What the tasks gain in one network for all; None where it is not known.
        relative: Whether gains are fractions of the single-task scores; else they are in units of
            the seeds' spread.
        notes: What people should know before they believe it.
    """

    tasks: tuple[str, ...]
    choice: Choice
    budget: float
    runner_up: Choice | None = None
    stability: Stability | None = None
    together: Mapping[str, float] | None = None
    relative: bool = True
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The members of each network, helpers included."""
        return tuple(network.tasks for network in self.choice.networks)

    @property
    def serves(self) -> dict[str, int]:
        """Task -> the place in `groups` of the network that serves it."""
        return {task: self.choice.serves[task] for task in self.tasks}

    @property
    def total(self) -> float:
        """The sum of what the tasks gain against training alone."""
        return self.choice.total

    @property
    def cost(self) -> float:
        """What the networks cost together; one of full size costs 1."""
        return self.choice.cost

    @property
    def measured(self) -> bool:
        """Whether all of its networks were trained; else gains of some are predicted."""
        return self.choice.measured

    @cached_property
    def _content(self) -> dict[str, Any]:
        return grouping_json(self)

    def to_json(self) -> str:
        """The grouping as its file holds it; see docs/formats.md."""
        import json

        return json.dumps(self._content, indent=2, ensure_ascii=False)

    def save(self, path: str | Path) -> None:
        """Write it as a file, which `gradsplit train --grouping` takes."""
        Path(path).write_text(self.to_json() + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Grouping":
        """Read a file that `save` has written, or one by hand with `groups` and `serves`.

        Raises:
            GroupingError: It is none, or does not fit together; all problems at once.
        """
        return cls(**read_grouping(Path(path)))

    def __str__(self) -> str:
        return grouping_text(self)
