"""Options that stand more than once on a command line: lists are joined, of others it is told.

Of a repeated option, parsers take the last one and forget the others without a word.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import tyro


def gathered(
    words: Sequence[str], kind: type[Any], tell: Callable[[str], None] = lambda _text: None
) -> list[str]:
    """The words with lists that are given in parts as one list.

    Of an option that takes one value the last one counts, so that a script's options can be
    followed by others; that is told.

    Args:
        words: Behind the command's name.
        kind: The command, a dataclass of its options.
        tell: Called with a sentence for each value that does not count.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass
        ... class Relations:
        ...     source: str
        ...     lower: tuple[str, ...] = ()
        >>> gathered(["runs.csv", "--lower", "depth", "--lower=normals"], Relations)
        ['runs.csv', '--lower', 'depth', 'normals']
    """
    before, options = divided(words)
    hints = get_type_hints(kind, include_extras=True)
    given: dict[str, list[Sequence[str]]] = {}
    for name, values, _ in options:
        given.setdefault(name, []).append(values)
    found, joined = list(before), set[str]()
    for name, _, written in options:
        if len(given[name]) == 1 or not _is_joined(_hint(name, hints)):
            found += written
        elif name not in joined:
            joined.add(name)
            found += [name, *(word for part in given[name] for word in part)]
    for name, parts in given.items():
        hint = _hint(name, hints)
        if len(parts) > 1 and any(parts) and hint is not None and not _is_list(hint):
            told = ", ".join(" ".join(part) for part in parts)
            tell(f"`{name}` is given {len(parts)} times, as {told}; the last one counts.")
    return found


def divided(words: Sequence[str]) -> tuple[list[str], list[tuple[str, list[str], list[str]]]]:
    """What stands before the first option; each option's name, values, and how it is written."""
    before: list[str] = []
    options: list[tuple[str, list[str], list[str]]] = []
    for word in words:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word.partition("=")
            options.append((name, [value] if equals else [], [word]))
        elif options:
            for part in options[-1][1:]:
                part.append(word)
        else:
            before.append(word)
    return before, options


def _hint(name: str, hints: dict[str, Any]) -> Any:
    """The type of an option; None of one that does not exist, which the parser will refuse."""
    return hints.get(name.removeprefix("--").replace("-", "_"))


def _is_list(hint: Any) -> bool:
    """Whether an option takes several values."""
    plain = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    return get_origin(plain) is tuple


def _is_joined(hint: Any) -> bool:
    """Whether it is a list whose parts are put together here: others the parser itself collects."""
    return _is_list(hint) and tyro.conf.UseAppendAction not in get_args(hint)
