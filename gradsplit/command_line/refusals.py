"""What the parser refuses, in this project's words: what was expected, what came, what to do."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import fields
from importlib import import_module
from types import NoneType
from typing import Annotated, Any, Literal, NoReturn, cast, get_args, get_origin, get_type_hints

from gradsplit.command_line.help_texts import option_texts
from gradsplit.command_line.programs import IN_QUOTES
from gradsplit.command_line.repeated_options import divided
from gradsplit.errors import GradSplitError, all_problems, did_you_mean

_WORDS = {
    int: "a whole number such as 5",
    float: "a number such as 0.5",
    tuple[int, ...]: "whole numbers such as 50 100",
}
_MEANT = {"--budget": "--runs", "--trainings": "--runs", "--epochs": "--steps"}
"""What an option is called here that others call so, and whose letters do not tell."""
_FRACTION = "a fraction such as 0.01, or 1% with a sign"


@contextmanager
def refused_in_words(words: Sequence[str], kind: Any, program: str) -> Iterator[None]:
    """Meanwhile, what the parser refuses is said as any other mistake.

    The parser itself prints a box with the types of a program. Where its release has no hook for
    this, or tells the hook other things, the box is what users see.

    Args:
        words: What is parsed.
        kind: The command, a dataclass of its options, or a choice of all commands.
        program: What stands before the words.

    Raises:
        GradSplitError: The words are no command line of this command.
    """

    def refuse(event: Any) -> None:
        with suppress(AttributeError):  # an event that is made of other things
            if problems := _problems(event, words, kind, program):
                _say(problems, program)

    with _hook(refuse):
        yield


def _hook(refuse: Callable[[Any], None]) -> AbstractContextManager[None]:
    try:
        hook = import_module("tyro._errors").on_parse_error
    except (ImportError, AttributeError):
        return nullcontext()
    return cast(AbstractContextManager[None], hook(refuse))


def _say(problems: Sequence[str], program: str) -> NoReturn:
    more = f"`{program} --help` shows what it takes."
    if len(problems) == 1:
        raise GradSplitError(f"{problems[0]} {more}")
    raise GradSplitError(f"{all_problems(f'`{program}` cannot be done', problems)}\n{more}")


def _problems(event: Any, words: Sequence[str], kind: Any, program: str) -> list[str]:
    """What is wrong, a sentence each; nothing where the parser tells what is not known here."""
    if not isinstance(kind, type):
        return [f"The command comes first, then its options, such as `{words[0]}`."]
    match type(event).__name__:
        case "UnrecognizedArgs":
            return _unknown(event.tokens, words, kind, program)
        case "MissingArgs":
            unknown = _unknown(event.unrecognized_tokens, words, kind, program)
            return unknown + [_missing(each.arg, kind) for each in event.missing_arguments]
        case "BadValue" | "InvalidChoice":
            return [_unfit(event.argument, words, kind)]
        case "InstantiationFailure" if event.argument is not None:
            return [_unfit(event.argument, words, kind, event.message)]
    return []


def _unknown(tokens: Sequence[str], words: Sequence[str], kind: type, program: str) -> list[str]:
    """Words that no option takes; values of an option that there is not are not told again."""
    options = [f"--{each.name.replace('_', '-')}" for each in fields(kind)]
    strange = [token for token in tokens if token.startswith("-")]
    if apart := _apart(words, options):
        return [apart]
    told = []
    for token in strange:
        name = token.partition("=")[0]
        meant = f" Did you mean `{_MEANT[name]}`?" if _MEANT.get(name) in options else ""
        meant = meant or did_you_mean(name, options)
        told.append(f"`{program}` has no option `{name}`.{meant}")
    if told or not tokens:
        return told
    flags = [f"--{name.replace('_', '-')}" for name, hint in _hints(kind).items() if hint is bool]
    for flag in (name for name, values, _ in divided(words)[1] if values and name in flags):
        return [f"`{flag}` takes no value: leave `{tokens[0]}` out."]
    return [
        f"`{program}` can do nothing with `{tokens[0]}`. A name or text with blanks stands in "
        "quotation marks."
    ]


def _apart(words: Sequence[str], options: Sequence[str]) -> str:
    """What is said of a program or names of tasks whose words stand apart; "" where none do."""
    given = {name: values for name, values, _ in divided(words)[1] if name in options}
    if len(program := given.get("--command", [])) > 1:
        return IN_QUOTES.format(start=" ".join(program))
    if "--command" in options and len(names := given.get("--tasks", [])) > 1:
        joined = ",".join(name.strip(",") for name in names)
        return f"Commas separate the names of `--tasks`: write --tasks {joined}."
    return ""


def _missing(argument: Any, kind: type) -> str:
    """What has to be given, with what its help says."""
    name = _called(argument)
    text = " ".join(option_texts(kind).get(argument.field.intern_name, "").split())
    return f"{name} is missing{f': {text}' if text else '.'}"


def _unfit(argument: Any, words: Sequence[str], kind: type, message: str = "") -> str:
    """A value that an option cannot take, or that it lacks."""
    name = _called(argument)
    given = [values for option, values, _ in divided(words)[1] if f"`{option}`" == name]
    hint = _hints(kind).get(argument.field.intern_name)
    several = get_origin(hint) is tuple
    came = " ".join(given[-1][: None if several else 1]) if given else ""
    expected, choices = _expected(hint)
    expected = _FRACTION if argument.lowered.metavar == "FRACTION" else expected
    if not came:
        return f"{name} needs a value{f', {expected}' if expected else ''}, and none follows it."
    if not expected:
        return f"{name} cannot take {came!r}: {message}."
    return f"{name} takes {expected}, got {came!r}.{did_you_mean(came, choices)}"


def _called(argument: Any) -> str:
    """An option, or what stands for a word without one."""
    lowered = argument.lowered
    return lowered.metavar if argument.is_positional() else f"`{lowered.name_or_flags[0]}`"


def _hints(kind: type) -> dict[str, Any]:
    """The types of the options, without what else is said of them."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: _bare(hint) for name, hint in hints.items()}


def _bare(hint: Any) -> Any:
    """The type of a value that is given.

    Example:
        >>> _bare(Annotated[int | None, "most"])
        <class 'int'>
    """
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    kinds = get_args(hint)
    return (
        _bare(next(kind for kind in kinds if kind is not NoneType)) if NoneType in kinds else hint
    )


def _expected(hint: Any) -> tuple[str, tuple[str, ...]]:
    """What an option takes, and its choices where they are few.

    Example:
        >>> _expected(int)
        ('a whole number such as 5', ())
        >>> _expected(Literal["holm", "bh", "none"])
        ('`holm`, `bh` or `none`', ('holm', 'bh', 'none'))
    """
    if get_origin(hint) is not Literal:
        return _WORDS.get(hint, ""), ()
    choices = tuple(map(str, get_args(hint)))
    *first, last = (f"`{choice}`" for choice in choices)
    return f"{', '.join(first)} or {last}" if first else last, choices
