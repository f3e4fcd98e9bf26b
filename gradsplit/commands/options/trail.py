"""What is recorded of runs beside their scores."""

from dataclasses import dataclass, fields
from typing import Annotated, Any

import tyro

from gradsplit.commands.options.names import split_names
from gradsplit.errors import GradSplitError


@dataclass(kw_only=True)
class TrailOptions:
    """What is recorded of a training beside its scores; no score depends on it."""

    checkpoint_minutes: float | None = None
    """Minutes between two checkpoints, from which an unfinished training goes on; 0 keeps none.
    When not given, the environment variable GRADSPLIT_CHECKPOINT_MINUTES says it, else 5."""
    log: Annotated[tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME")] = ()
    """A logger that is told of losses while a network trains: jsonl, tensorboard, wandb or one's
    own; its files lie in the folder logs. Give it again for each. When not given, the environment
    variable GRADSPLIT_LOG names them."""

    def trail(self) -> dict[str, Any]:
        """These options as `gradsplit.train` and the studies take them."""
        log = split_names(self.log)
        return {"checkpoint_minutes": self.checkpoint_minutes, "log": log or None}


@dataclass(kw_only=True)
class RunTrailOptions(TrailOptions):
    """What is recorded of runs beside their scores; no score depends on it."""

    keep_networks: bool = False
    """Keep the trained network of every run, a file each in the folder networks beside the ledger;
    gradsplit.load_network(FILE) gives it again."""

    def trail(self) -> dict[str, Any]:
        """These options as the studies take them."""
        return {**super().trail(), "keep_networks": self.keep_networks}

    def given_trail(self) -> list[str]:
        """Those of these options that were given, as they are written."""
        plain = {item.name: item.default for item in fields(RunTrailOptions)}
        return [
            f"--{name.replace('_', '-')}" for name in plain if getattr(self, name) != plain[name]
        ]

    def refuse_trail(self, why: str) -> None:
        """Refuse these options where nothing is recorded.

        Args:
            why: Why not, the beginning of the error.

        Raises:
            GradSplitError: One was given.
        """
        if given := self.given_trail():
            raise GradSplitError(f"{why}: leave {', '.join(given)} out.")
