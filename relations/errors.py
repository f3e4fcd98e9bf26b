"""Errors of the relations package: each says what was expected, what came, and what to do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType

from relations.tables.plain_text import cut, shown

_MOST_LETTERS = 8000
_OPTIONS: ContextVar[Mapping[str, str]] = ContextVar("options", default=MappingProxyType({}))


class RelationsError(ValueError):
    r"""Base of every error a user's input can cause in `relations` and `analysis`.

    Example:
        >>> print(RelationsError("There is no task `\x1b[31mred`."))
        There is no task `\x1b[31mred`.
    """

    def __str__(self) -> str:
        return error_text(super().__str__())


def error_text(text: str) -> str:
    """An error's text: whatever it quotes commands no terminal and fills no screen."""
    return cut(shown(text), _MOST_LETTERS)


class TaskError(RelationsError):
    """A task name is unknown, doubled, or unusable in a file."""


class ScoreError(RelationsError):
    """A score is missing, not finite, or makes a relative change meaningless."""


class TableError(RelationsError):
    """A relation table or runs table cannot be read."""


class Note(UserWarning):
    """What a user should know of, given as a warning because the work goes on."""


class TableNote(Note):
    """What a reader understood of a table in a way that its user should know of."""


class LedgerNote(Note):
    """What a user should know of a ledger that can be read, such as that it is an early copy."""


class TaskNote(Note):
    """A task that may be meant otherwise than it was given."""


class ScoreNote(Note):
    """A score that no relative change can be computed with, told while runs are trained."""


class LedgerError(RelationsError):
    """A ledger cannot be used: another format, or runs made with other settings."""


class RunFailedError(RelationsError):
    """A training failed and its result was needed."""


class MaskError(RelationsError):
    """A gradient mask or its file is unsound, or an unknown edge was not decided by the user."""


@contextmanager
def options_named(names: Collection[str]) -> Iterator[None]:
    """Meanwhile, name these arguments as options of a command.

    Args:
        names: Of the arguments; a mapping to the options' names where those are others.
    """
    token = _OPTIONS.set(names if isinstance(names, Mapping) else {name: name for name in names})
    try:
        yield
    finally:
        _OPTIONS.reset(token)


def argument(name: str, value: object = None) -> str:
    """An argument in the words of whoever gave it, for messages.

    Args:
        name: As in Python.
        value: What it may be given, if that is to be said.

    Example:
        >>> argument("judge_seeds"), argument("unknown", "allow")
        ('`judge_seeds`', '`unknown="allow"`')
        >>> with options_named(["judge_seeds", "unknown"]):
        ...     argument("judge_seeds"), argument("unknown", "allow"), argument("ledger")
        ('`--judge-seeds`', '`--unknown allow`', '`ledger`')
        >>> with options_named(["absolute"]):
        ...     argument("absolute", {"r2": -0.02})
        '`--absolute r2=-0.02`'
        >>> with options_named({"runs": "recommend"}):
        ...     argument("runs", 61)
        '`--recommend 61`'
    """
    if name in _OPTIONS.get():
        option = f"--{_OPTIONS.get()[name].replace('_', '-')}"
        if isinstance(value, Mapping):
            value = ",".join(f"{key}={each}" for key, each in value.items())
        return f"`{option}`" if value is None or value is True else f"`{option} {value}`"
    shown = f'"{value}"' if isinstance(value, str) else value
    return f"`{name}`" if value is None else f"`{name}={shown}`"


def all_problems(what: str, problems: Sequence[str]) -> str:
    """Join all problems of one input into one message.

    Args:
        what: The input they belong to, e.g. "`mask.json` is not a sound mask".
        problems: One sentence each; at least one.

    Returns:
        One line when there is one problem, a heading and a list otherwise.

    Example:
        >>> print(all_problems("`runs.csv` cannot be read", ["line 2: no seed", "line 5: nan"]))
        `runs.csv` cannot be read:
        - line 2: no seed
        - line 5: nan
    """
    if len(problems) == 1:
        return f"{what}: {problems[0]}"
    return f"{what}:\n" + "\n".join(f"- {problem}" for problem in problems)


def did_you_mean_file(path: Path) -> str:
    """A hint at the file or folder beside a missing one that is called nearly so.

    Example:
        >>> did_you_mean_file(Path("no-such-folder/runs"))
        ''
    """
    try:
        beside = {each.name: str(each) for each in path.parent.iterdir()}
    except OSError:
        return ""
    near = get_close_matches(path.name, beside, n=1)
    return f" Did you mean `{beside[near[0]]}`?" if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the known name that a mistyped one is nearest to; empty when none is near.

    Example:
        >>> did_you_mean("Dpeth", ["pose", "depth"])
        ' Did you mean `depth`?'
        >>> did_you_mean("colour", ["pose", "depth"])
        ''
    """
    lowered = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), lowered, n=1)
    return f" Did you mean `{lowered[near[0]]}`?" if near else ""


class GroupingError(RelationsError):
    """No grouping of tasks into networks can obey what was asked."""
