"""How the text of an option is read: as the type hint of the field or parameter says."""

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

Read = Callable[[str], Any]
"""Text -> value; a ValueError where it is none."""


@dataclass(frozen=True)
class Option:
    """An option as its hint describes it.

    Attributes:
        read: How its text is read.
        form: What the text must be, in words.
        default: What it is when not given; `inspect.Parameter.empty` where it must be.
    """

    read: Read
    form: str
    default: Any = inspect.Parameter.empty

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty


def options_of(make: Callable[..., Any]) -> dict[str, Option]:
    """The options of a class or function that a text can give, by name.

    What no text can give, such as a mask, is left out. `**name: float` takes options of any name
    and is named "*".

    Example:
        >>> def make(rate: float = 0.5, *, modules: tuple[str, ...] | None = None): ...
        >>> {name: (one.form, one.default) for name, one in options_of(make).items()}
        {'rate': ('a finite number', 0.5), 'modules': ('different names joined by +', None)}
    """
    target = make.func if isinstance(make, partial) else make
    hints = typing.get_type_hints(target)
    options = {}
    for name, parameter in inspect.signature(make).parameters.items():
        every = parameter.kind is inspect.Parameter.VAR_KEYWORD
        option = option_of(hints.get(name), parameter.default)
        if option is not None:
            options["*" if every else name] = option
    return options


def option_of(hint: Any, default: Any = inspect.Parameter.empty) -> Option | None:
    """The option of a type hint, or None where no text can give such a value.

    Example:
        >>> option_of(tuple[tuple[str, float], ...]).read("reid:0.5+pose:2")
        (('reid', 0.5), ('pose', 2.0))
    """
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        # None is the default, never written.
        (hint, *others) = [part for part in typing.get_args(hint) if part is not type(None)]
        if others:
            return None
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        return Option(partial(_choice, choices), " or ".join(map(repr, choices)), default)
    if hint in _FORMS:
        return Option(*_FORMS[hint], default)
    return None


def _choice(choices: tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError
    return text


def _truth(text: str) -> bool:
    return _choice(("true", "false"), text.lower()) == "true"


def number(text: str) -> float:
    """A number with which something can be computed.

    Raises:
        ValueError: It is none, nan or infinite.
    """
    if not math.isfinite(value := float(text)):
        raise ValueError
    return value


def some_text(text: str) -> str:
    """A text as it stands.

    Raises:
        ValueError: It is empty.
    """
    if not text:
        raise ValueError
    return text


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split("+"))
    if "" in names or len(set(names)) < len(names):
        raise ValueError
    return names


def _by_task(text: str) -> tuple[tuple[str, float], ...]:
    pairs = [part.rpartition(":") for part in text.split("+")]
    _names("+".join(task for task, _, _ in pairs))
    return tuple((task, number(share)) for task, _, share in pairs)


_FORMS: Mapping[Any, tuple[Read, str]] = {
    float: (number, "a finite number"),
    int: (int, "a whole number"),
    bool: (_truth, "true or false"),
    str: (some_text, "a text"),
    tuple[str, ...]: (_names, "different names joined by +"),
    tuple[tuple[str, float], ...]: (
        _by_task,
        "a finite number for each task, such as reid:0.5+pose:2",
    ),
}
