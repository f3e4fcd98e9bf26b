"""A function of one's own, told of loss weights and a mask by arguments."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.own_training.mask_file import mask_file
from gradsplit.studies.recommendation.own_training.own_training import (
    MASK,
    WEIGHTS,
    OwnTraining,
    Told,
)
from relations.errors import argument
from relations.tables.plain_text import cut
from relations.watch.declared import watched
from relations.watch.watched import Watched

if TYPE_CHECKING:
    from relations.runs import Run

_MOST_LETTERS = 200


@dataclass(frozen=True)
class ToldFunction:
    """A function that is told of a method.

    Attributes:
        train: The function.
        keywords: What it is told.
        told: What tells this from plain training in a ledger.
    """

    train: Callable[..., Mapping[str, float]]
    keywords: Mapping[str, Any]
    told: Mapping[str, Any]

    def __call__(self, tasks: tuple[str, ...], seed: int) -> Mapping[str, float]:
        """Train one run."""
        return self.train(tasks, seed, **self.keywords)

    def settings(self) -> dict[str, Any]:
        """What its scores depend on."""
        return {**getattr(self.train, "settings", dict)(), **self.told}

    def watched(self) -> Watched:
        """The code of the function, the same whatever it is told."""
        return watched(self.train)


class Function(OwnTraining):
    """`train(tasks, seed)`, which may have the parameters `weights` and `mask` beside.

    Args:
        train: The function.

    Raises:
        GradSplitError: It cannot be called with tasks and a seed alone.

    Example:
        >>> Function(lambda tasks, seed, mask=None: {}).takes
        ('mask',)
    """

    WHAT = "function"

    def __init__(self, train: Callable[..., Mapping[str, float]]) -> None:
        self._train = train
        if wrong := _uncallable(train):
            raise GradSplitError(
                f"{argument('train')} must be a function that is called as train(tasks, seed); "
                f"{wrong}"
            )

    @property
    def takes(self) -> tuple[str, ...]:
        """Those of `weights` and `mask` that are parameters of it."""
        named = self._parameters()
        return tuple(name for name in (WEIGHTS, MASK) if name in named)

    def _parameters(self) -> list[str]:
        return [*inspect.signature(self._train).parameters]

    @staticmethod
    def called(name: str) -> str:
        """See `OwnTraining.called`."""
        return f"`{name}`"

    def lacks(self, name: str) -> str:
        """See `OwnTraining.lacks`."""
        near = get_close_matches(name, self._parameters()[2:], n=1, cutoff=0.8)
        asked = f"; is `{near[0]}` meant to be it?" if near else ""
        return f"the function has no parameter {self.called(name)}{asked}"

    def told(self, said: Told, folder: Path) -> Callable[..., Mapping[str, float]]:  # noqa: ARG002
        """See `OwnTraining.told`; of plain training the function itself, as a probe takes it."""
        keywords = _keywords(said)
        return ToldFunction(self._train, keywords, said.settings) if keywords else self._train

    def line(self, said: Told, folder: Path, run: "Run", out: str) -> str:  # noqa: ARG002
        """See `OwnTraining.line`; no scores are written."""
        name = getattr(self._train, "__name__", "train")
        words = [repr(run.tasks), f"seed={run.seed}"]
        for keyword, value in _keywords(said).items():
            if keyword == MASK:
                words.append(f"mask=GradientMask.load({str(mask_file(value, folder))!r})")
            else:
                # Unrounded: a weight of 0.000542 is a twelfth more than 0.0005.
                words.append(f"{keyword}={ {task: float(it) for task, it in value.items()} }")
        return f"{name}({', '.join(words)})"


def _uncallable(train: object) -> str:
    """Why something cannot be called with tasks and a seed, and what to give; "" where it can."""
    if not callable(train):
        hint = ""
        if isinstance(train, str):
            hint = " A program is for `recommend_program`, and `gradsplit recommend --command`."
        elif isinstance(train, Mapping):
            hint = " Give the function itself, not what it returns."
        return f"got {cut(repr(train), _MOST_LETTERS)}.{hint}"
    try:
        signature = inspect.signature(train)
    except (TypeError, ValueError) as wrong:
        return f"got {train!r} ({wrong})."
    name = getattr(train, "__name__", type(train).__name__)
    got = f"got {name}{cut(str(signature), _MOST_LETTERS)}"
    try:
        signature.bind(("task",), 0)
    except TypeError as wrong:
        return (
            f"{got}: {wrong}. Give further arguments a default: def train(tasks, seed, "
            "weights=None, mask=None)."
        )
    first, second = [*signature.parameters, "", ""][:2]
    if first == "seed" or second == "tasks":
        return f"{got}: it gets the tasks first, then the seed."
    return ""


def _keywords(said: Told) -> dict[str, Any]:
    """What differs from plain training, as arguments."""
    weighted = any(factor != 1 for factor in said.weights.values())
    masked = not said.mask.may_update.all()
    return {
        **({WEIGHTS: dict(said.weights)} if weighted else {}),
        **({MASK: said.mask} if masked else {}),
    }
