"""A training of one's own: what it can be told of beside tasks and seed, and how."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from relations.mask import GradientMask
    from relations.runs import Run, Trainer

WEIGHTS = "weights"
MASK = "mask"


@dataclass(frozen=True)
class Told:
    """What a training is told beside tasks and seed.

    Attributes:
        weights: Task -> factor of its loss, of all tasks whichever a run trains.
        mask: Of all tasks; a full one for training without a mask.
        settings: What tells this from plain training in a ledger; nothing of that itself.
    """

    weights: Mapping[str, float]
    mask: "GradientMask"
    settings: Mapping[str, Any]


class OwnTraining(ABC):
    """Whatever trains tasks and scores them, as it is told of no method.

    Attributes:
        WHAT: What it is, in a word.
    """

    WHAT: ClassVar[str]

    @property
    @abstractmethod
    def takes(self) -> tuple[str, ...]:
        """Those of `weights` and `mask` that it can be told of."""

    @staticmethod
    @abstractmethod
    def called(name: str) -> str:
        """One of these as its user writes it."""

    @abstractmethod
    def lacks(self, name: str) -> str:
        """Why it cannot be told of one of these."""

    @abstractmethod
    def told(self, said: Told, folder: Path) -> "Trainer":
        """It as a trainer that is told of a method.

        Args:
            said: What it is told.
            folder: Where files that it reads may lie.
        """

    @abstractmethod
    def line(self, said: Told, folder: Path, run: "Run", out: str) -> str:
        """One line that trains a run; its scores go to the file `out`, if to any."""
