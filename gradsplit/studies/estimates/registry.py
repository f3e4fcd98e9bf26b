"""The estimators that there are: one file of `estimators/` each, found by the file's name."""

import inspect
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, all_problems, did_you_mean
from gradsplit.studies.estimates import estimators

if TYPE_CHECKING:
    from gradsplit.studies.estimates.estimator import Estimator


def estimator_names() -> tuple[str, ...]:
    """The names of all estimators, which are those of their files; nothing of them is imported.

    Example:
        >>> "lookahead" in estimator_names()
        True
    """
    return tuple(sorted(file.name for file in iter_modules(estimators.__path__)))


def estimator_kind(name: str) -> "type[Estimator]":
    """The class of an estimator.

    Raises:
        GradSplitError: There is none of that name.
    """
    if name not in estimator_names():
        known = estimator_names()
        raise GradSplitError(
            f"There is no estimator {name!r}.{did_you_mean(str(name), known)} There are "
            f"{', '.join(known)}."
        )
    file = import_module(f"{estimators.__name__}.{name}")
    return next(
        kind
        for kind in vars(file).values()
        if isinstance(kind, type) and getattr(kind, "name", None) == name
    )


def make_estimator(name: str, **options: Any) -> "Estimator":
    """An estimator by name.

    Args:
        name: See `estimator_names`.
        options: Its own options, e.g. `every=20`.

    Raises:
        GradSplitError: There is none of that name, or it does not take an option.
    """
    kind = estimator_kind(name)
    known = inspect.signature(kind).parameters
    problems = [
        f"no option `{option}`.{did_you_mean(option, known)}"
        for option in options
        if option not in known
    ]
    if problems:
        problems[-1] += f" It has {', '.join(known) or 'none'}."
        raise GradSplitError(all_problems(f"The estimator {name!r} does not take this", problems))
    try:
        return kind(**options)
    except TypeError as wrong:
        raise GradSplitError(f"The estimator {name!r} does not take this: {wrong}") from wrong


def estimators_table() -> str:
    """All estimators as the documentation's table, in Markdown."""
    lines = ["| name | a number is the | after | directions | cost of a seed |"]
    lines.append("|---|---|---|---|---|")
    for name in estimator_names():
        kind = estimator_kind(name)
        directions = "**not told apart**" if kind.symmetric else "told apart"
        lines.append(f"| `{name}` | {kind.unit} | {kind.paper} | {directions} | {kind.cost} |")
    return "\n".join(lines)
