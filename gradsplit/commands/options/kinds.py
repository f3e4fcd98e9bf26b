"""Tasks whose change is not relative, each with its own threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tyro

from gradsplit.commands.options.names import split_names
from gradsplit.errors import GradSplitError, all_problems


@dataclass(kw_only=True)
class KindOptions:
    """Tasks whose change is not relative, each with its own threshold."""

    absolute: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """A task whose change is measured in its metric's own unit, and below which it is harm, such as
    r2=-0.02; for metrics that cross zero. May be given several times, or joined by commas."""

    standardised: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """The same of a change in standard deviations of the task's single-task score over seeds, such
    as nll=-1."""

    def kinds(self) -> dict[str, Any]:
        """Task -> threshold of both kinds, as functions take them."""
        return {
            name: thresholds(getattr(self, name), name) for name in ("absolute", "standardised")
        }


def thresholds(words: Sequence[str], option: str) -> dict[str, float]:
    """Task -> threshold, from name=threshold.

    Args:
        words: As they were given.
        option: Its name, for messages.

    Raises:
        GradSplitError: A word is not of that form, or a task is named twice; all at once.

    Example:
        >>> thresholds(["r2=-0.02,nll=-1"], "absolute")
        {'r2': -0.02, 'nll': -1.0}
    """
    found: dict[str, float] = {}
    problems = []
    for word in split_names(words):
        name, _, text = word.rpartition("=")
        try:
            value = float(text)
        except ValueError:
            value = None
        if not name.strip() or value is None:
            hint = " It is in a unit of its own, never per cent." if text.endswith("%") else ""
            problems.append(
                f"`--{option}` takes task=threshold such as r2=-0.02 (0.02 worse is harm), got "
                f"{word!r}.{hint}"
            )
        elif name.strip() in found:
            problems.append(f"`--{option}` names `{name.strip()}` twice.")
        else:
            found[name.strip()] = value
    if problems:
        raise GradSplitError(all_problems("The kinds of change cannot be read", problems))
    return found
