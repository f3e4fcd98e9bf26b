"""Names shortened for figures and tables, so that those of one picture can be told apart."""

from collections.abc import Mapping, Sequence

_WORD = 8
"""So many letters before and behind a difference are added where they make it a word."""


def shorten(names: Sequence[str], width: int) -> list[str]:
    """Names of at most `width` characters where they stay distinct that way.

    A long name loses its middle. Names that would look the same then lose what they share instead:
    the words in which they differ stay. Only where that is not enough, all get more characters.

    Args:
        names: All names of a picture or table, distinct.
        width: Most characters of one, at least 3.

    Returns:
        The names in order, as distinct as they were given.

    Example:
        >>> shorten(["pose", "re-identification"], 9)
        ['pose', 're-i…tion']
        >>> shorten(["segment-of-left-hand-2", "segment-of-left-foot-2"], 14)
        ['segment…hand-2', 'segment…foot-2']
    """
    longest = max(map(len, names), default=0)
    for most in range(max(width, 3), longest):
        short = _within(list(dict.fromkeys(names)), most)
        if len(set(short.values())) == len(short):
            return [short[name] for name in names]
    return list(names)


def _within(names: Sequence[str], width: int) -> dict[str, str]:
    """Name -> its short form, which may be that of another name as well."""
    short = {name: _without_middle(name, width) for name in names}
    alike: dict[str, list[str]] = {}
    for name, text in short.items():
        alike.setdefault(text, []).append(name)
    for group in alike.values():
        if len(group) > 1:
            short |= _by_difference(group, width)
    return short


def _without_middle(name: str, width: int) -> str:
    head, tail = width // 2, (width - 1) // 2
    return name if len(name) <= width else f"{name[:head]}…{name[len(name) - tail :]}"


def _by_difference(names: Sequence[str], width: int) -> Mapping[str, str]:
    """Names that share their beginnings and ends, by what lies between."""
    start, end = _shared(names)
    inner = [name[start : len(name) - end] for name in names]
    if max(map(len, inner)) > width - 2:
        if width < 5:
            return {}
        inner = shorten(inner, width - 2)
    return {
        name: _framed(name[:start], text, name[len(name) - end :], width)
        for name, text in zip(names, inner, strict=True)
    }


def _shared(names: Sequence[str]) -> tuple[int, int]:
    """Characters that all names begin and end with, cut at words where these are short."""
    first, last = min(names), max(names)
    shortest = min(map(len, names))
    start = next((i for i in range(shortest) if first[i] != last[i]), shortest)
    most = shortest - start
    end = 0
    while end < most and len({name[len(name) - end - 1] for name in names}) == 1:
        end += 1
    name = names[0]
    back = next((i for i in range(min(_WORD, start)) if not name[start - i - 1].isalnum()), 0)
    on = next((i for i in range(min(_WORD, end)) if not name[len(name) - end + i].isalnum()), 0)
    return start - back, end - on


def _framed(before: str, inner: str, behind: str, width: int) -> str:
    """What tells names apart, with as much of what stands around it as there is room for."""
    room = max(width - len(inner), 0)
    head = min(len(before), room // 2)
    tail = min(len(behind), room - head)
    head = min(len(before), room - tail)
    return f"{_cut_end(before, head)}{inner}{_cut_start(behind, tail)}"


def _cut_end(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: max(room - 1, 0)]}…"


def _cut_start(text: str, room: int) -> str:
    return text if len(text) <= room else f"…{text[len(text) - max(room - 1, 0) :]}"
