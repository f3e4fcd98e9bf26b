"""Options that stand more than once on a command line: lists are joined, of others it is told.

Of a repeated option, parsers take the last one and forget the others without a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
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
    before, options = _divided(words)
    hints = get_type_hints(kind, include_extras=True)
    given: dict[str, list[Sequence[str]]] = {}
    for name, values, _ in options:
        given.setdefault(name, []).append(values)
    repeated = {name: values for name, values in given.items() if len(values) > 1}
    for name, values in repeated.items():
        if any(values) and not _is_list(_hint(name, kind, hints)):
            told = ", ".join(" ".join(one) for one in values)
            tell(f"`{name}` is given {len(values)} times, as {told}; the last one counts.")
    found = list(before)
    for name, _, written in options:
        hint = _hint(name, kind, hints)
        if name not in repeated or _is_appended(hint) or not _is_list(hint):
            found += written
        elif parts := repeated[name]:
            found += [name, *(word for part in parts for word in part)]
            repeated[name] = []
    return found


def _divided(words: Sequence[str]) -> tuple[list[str], list[tuple[str, list[str], list[str]]]]:
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


def _is_appended(hint: Any) -> bool:
    """Whether the parser itself collects what is given in parts."""
    return tyro.conf.UseAppendAction in get_args(hint)


def _hint(name: str, kind: type[Any], hints: dict[str, Any]) -> Any:
    """The type of an option; of one that does not exist, and that the parser will refuse, None."""
    field = name.removeprefix("--").replace("-", "_")
    return hints[field] if field in {each.name for each in fields(kind)} else None


def _is_list(hint: Any) -> bool:
    """Whether an option takes several values, or does not exist."""
    if hint is None:
        return True
    plain = get_args(hint)[0] if hasattr(hint, "__metadata__") else hint
    return get_origin(plain) is tuple
