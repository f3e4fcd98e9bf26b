"""What `--help` says of options: a command's own first, in whole sentences."""

import ast
import dataclasses
import inspect
import textwrap
import typing
from functools import cache
from shutil import get_terminal_size
from types import NoneType
from typing import Annotated, Any

import tyro

_NOTHING = (None, "", ())


@cache
def with_help(command: type[Any]) -> type[Any]:
    """The command with help texts as they should be read.

    The parser keeps the line breaks of the source, and shows `(default: None)` and `{None}|INT`
    where a value need not be given; the texts say in words what then happens. It also lists what
    commands share before what a command is about.
    """
    _own_first(command)
    texts = option_texts(command)
    hints = typing.get_type_hints(command, include_extras=True)
    for option in dataclasses.fields(command):
        given: dict[str, Any] = {}
        if option.name in texts:
            given["help"] = " ".join(texts[option.name].split())
        if option.default in _NOTHING or option.default is False:
            given["help_behavior_hint"] = ""
        if word := _word(hints[option.name]):
            given["metavar"] = word
        if given:
            option.type = Annotated[hints[option.name], tyro.conf.arg(**given)]
            command.__annotations__[option.name] = option.type
    return command


def _own_first(command: type[Any]) -> None:
    """Order the options as the class and those it is made of stand in its heading.

    One that is only declared anew, with another default, stays with its like.
    """
    order = {
        name: place
        for place, one in enumerate(command.__mro__)
        for name in inspect.get_annotations(one)
    }
    hints = typing.get_type_hints(command, include_extras=True)
    for name, hint in hints.items():
        if tyro.conf.Positional in typing.get_args(hint):
            order[name] = -1  # the order of words without a name has a meaning
    # What the parser and `dataclasses.fields` read.
    options = command.__dataclass_fields__
    command.__dataclass_fields__ = dict(sorted(options.items(), key=lambda item: order[item[0]]))


def paragraphs(command: type[Any]) -> str:
    """What a command does, in lines of the terminal's width, which the parser does not break.

    Further lines are indented: the parser would join what begins with a letter.
    """
    width = get_terminal_size().columns
    told = (" ".join(part.split()) for part in (inspect.getdoc(command) or "").split("\n\n"))
    how: dict[str, Any] = {"subsequent_indent": "  ", "break_on_hyphens": False}
    return "\n\n".join(textwrap.fill(part, width, **how) for part in told)


def _word(hint: Any) -> str | None:
    """What stands for a value that may be left out: INT instead of {None}|INT.

    Example:
        >>> _word(int | None), _word(typing.Literal["source", "target"] | None)
        ('INT', '{source,target}')
    """
    kinds = typing.get_args(hint)
    if NoneType not in kinds or typing.get_origin(hint) is Annotated:
        return None
    (kind, *others) = [kind for kind in kinds if kind is not NoneType]
    if typing.get_origin(kind) is typing.Literal and not others:
        return f"{{{','.join(map(str, typing.get_args(kind)))}}}"
    return None if others or not isinstance(kind, type) else kind.__name__.upper()


def option_texts(command: type[Any]) -> dict[str, str]:
    """The text below each option in the source of the class and of those it is made of."""
    texts: dict[str, str] = {}
    for one in reversed(command.__mro__[:-1]):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
        assert isinstance(body, ast.ClassDef)
        name = ""
        for line in body.body:
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                name = line.target.id
            elif isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and name:
                texts[name] = str(line.value.value)
            else:
                name = ""
    return texts
