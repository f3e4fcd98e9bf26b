"""Options that change nothing are refused by name."""

from collections.abc import Container
from dataclasses import fields
from typing import Any

from gradsplit.errors import GradSplitError


def refuse_idle(command: Any, used: Container[str], why: str, way_out: str = "") -> None:
    """Refuse options that were given and are not used.

    Args:
        command: A command's dataclass.
        used: Names of the options that count.
        why: Why the others do not, the beginning of the error.
        way_out: What to do but leaving them out, " or ..." included.

    Raises:
        GradSplitError: One was given.
    """
    idle = [
        f"--{option.name.replace('_', '-')}"
        for option in fields(command)
        if option.name not in used and getattr(command, option.name) != option.default
    ]
    if idle:
        raise GradSplitError(
            f"{why}: {', '.join(idle)} would change nothing. Leave it out{way_out}."
        )
