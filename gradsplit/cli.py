"""The command `gradsplit`: finds the subcommand, turns a user's mistake into a message.

Only the options of a command are read here; torch, scipy and matplotlib are imported by the
commands when they run, so that help answers at once.
"""

import os
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from pkgutil import iter_modules
from typing import Annotated, Any, ClassVar, Protocol, Union, cast, get_args, get_type_hints

import tyro

from gradsplit import commands
from gradsplit.command_line.help_texts import paragraphs, with_help
from gradsplit.command_line.overview import overview
from gradsplit.command_line.programs import refuse_program
from gradsplit.command_line.refusals import refused_in_words
from gradsplit.command_line.repeated_options import gathered
from gradsplit.errors import GradSplitError, OtherProcessFailedError
from gradsplit.launched import SAYING_SECONDS, place, speaks
from gradsplit.terminal import above_bars, plain_output, said
from relations.errors import Note, RelationsError, did_you_mean, options_named
from relations.running.stopping import Stopped
from relations.tables.plain_text import shown

MISTAKE = 2
"""Exit code of a mistake in the input, as argument parsers use it."""


STOPPED = 143
"""The exit code of who was ended by SIGTERM."""

ENOUGH = 141
"""Exit code when the reader of the output went away: 128 and the number of SIGPIPE."""


class Command(Protocol):
    """A dataclass of options that can be run.

    A new command is one file in `gradsplit/commands/`: the subcommand is called as the file, the
    class as well, with a capital letter.

    A command may have `CALLED`: argument in Python -> its option, where that is called otherwise.

    A command whose options may stand in a file has a static `of_file(words) -> {option: value}`.

    Attributes:
        POSITION: Commands are listed in the order of these numbers, a heading for each hundred
            (`gradsplit.command_line.overview.HEADINGS`).
        IN_TEAMS: Whether processes of torchrun do it together; not by default.
    """

    POSITION: ClassVar[int]

    def run(self) -> int:
        """Do it and return the exit code."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Words after the program's name; those of the process when None.

    Returns:
        0 when done, 2 for a mistake in the input, 1 when some trainings failed, 130 when
        interrupted, 141 when the reader of the output went away.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        print(f"gradsplit {version('gradsplit')}")
        return 0
    try:
        # Help is output as well, and its reader may have had enough.
        if words in ([], ["-h"], ["--help"]):
            return _overview(asked=bool(words))
        command = _read(words)
        warnings.showwarning = _shown
        with plain_output(), options_named(_option_names(command)):
            code = command.run()
            sys.stdout.flush()
        return code
    except OtherProcessFailedError:  # which has said why
        return MISTAKE
    except (RelationsError, GradSplitError) as mistake:
        print(said(f"gradsplit: {mistake}"), file=sys.stderr)
        return MISTAKE
    except BrokenPipeError:
        # The reader of the output, such as `head`, has had enough; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ENOUGH
    except OSError as fault:
        # A missing file, a folder without permission, a full disk: the system's words say which.
        print(f"gradsplit: {shown(str(fault))}", file=sys.stderr)
        return MISTAKE
    except Stopped:
        _say("stopped by SIGTERM; the same command goes on from here.")
        return STOPPED
    except KeyboardInterrupt:
        _say("interrupted; what was finished is kept.")
        return 130


def _overview(*, asked: bool) -> int:
    """Show what there is; who gave no command has made a mistake."""
    if speaks():
        with plain_output():
            text = overview({name: _options(name) for name in command_names()})
            print(text, file=sys.stdout if asked else sys.stderr)
            sys.stdout.flush()
    return 0 if asked else MISTAKE


def _say(text: str) -> None:
    """Tell the user; of several processes the leader does."""
    if speaks():
        with above_bars():
            print(said(f"gradsplit: {text}"), file=sys.stderr)


def _read(words: list[str]) -> Command:
    """The command; of several processes the leader tells what is wrong with it, or its help."""
    if speaks():
        return _checked(words)
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            return _checked(words)
        except (GradSplitError, SystemExit) as mistake:
            if isinstance(mistake, SystemExit) and not mistake.code:
                raise  # help is no mistake
            time.sleep(SAYING_SECONDS)  # as in `joined`
            raise OtherProcessFailedError("The leader says why.") from mistake


def _checked(words: list[str]) -> Command:
    """The command, which several processes may run if torchrun has started them.

    Raises:
        GradSplitError: It is none, or none for several processes.
    """
    _check_words(words)
    command = _parse(words)
    if (mine := place()) is not None and not getattr(command, "IN_TEAMS", False):
        raise GradSplitError(
            f"torchrun has started {mine.count} processes of `gradsplit {words[0]}`, and only "
            "`train` is done by several. Start it without torchrun; where it trains many runs, "
            "`--executor processes` trains them side by side."
        )
    return command


def _check_words(words: Sequence[str]) -> None:
    """Refuse words that would command the terminal which shows them.

    Raises:
        GradSplitError: There is one.
    """
    if odd := [word for word in words if shown(word) != word]:
        raise GradSplitError(
            f"The word {odd[0][:80]!a} has control or direction characters. Rename what it names."
        )


def _shown(message: Warning | str, category: type[Warning], *place: Any) -> None:
    """Notes for the user without the line of our code that gives them; others as usual."""
    if not speaks():
        return
    with above_bars():
        if issubclass(category, Note):
            print(said(f"gradsplit: note: {shown(str(message))}"), file=sys.stderr)
        else:
            print(warnings.formatwarning(message, category, *place[:2]), end="", file=sys.stderr)


def command_names() -> list[str]:
    """The names of all commands, which are those of their files; nothing of them is imported."""
    return [file.name for file in iter_modules(commands.__path__) if not file.ispkg]


def _parse(words: list[str]) -> Command:
    """The options of the command named first; only that command's file is imported."""
    if words and words[0] in command_names():
        kind, program = _options(words[0]), f"gradsplit {words[0]}"
        refuse_program(words[1:], kind, words[0])
        rest = gathered(words[1:], kind, lambda text: _say(f"note: {text}"))
    elif words[0].startswith("-"):
        # Completion for a shell, of all commands; and options that belong behind a command.
        kind, rest, program = _any_command(), words, "gradsplit"
    else:
        raise GradSplitError(
            f"There is no command `{words[0]}`.{did_you_mean(words[0], command_names())} "
            "`gradsplit --help` lists all."
        )
    given = getattr(kind, "of_file", _nothing)(rest)
    how: dict[str, Any] = {"default": kind(**given)} if given else {}
    if isinstance(kind, type):
        how["description"] = paragraphs(kind)
    how["config"] = (tyro.conf.FlagCreatePairsOff,)
    with refused_in_words(rest, kind, program):
        return cast(Command, tyro.cli(kind, args=rest, prog=program, **how))


def _nothing(words: list[str]) -> dict[str, Any]:  # noqa: ARG001
    """Most commands read no file for their own options."""
    return {}


def _any_command() -> Any:
    """All commands as one choice."""
    kinds = {name: _options(name) for name in command_names()}
    names = sorted(kinds, key=lambda name: kinds[name].POSITION)
    choices = tuple(Annotated[kinds[name], tyro.conf.subcommand(name=name)] for name in names)
    return Union[choices]  # noqa: UP007  built at run time


def _option_names(command: Command) -> dict[str, str]:
    """What of a command is given by which option; the rest stands without a name."""
    if not is_dataclass(command):
        return {}
    hints = get_type_hints(type(command), include_extras=True)
    named = {
        each.name: each.name
        for each in fields(command)
        if tyro.conf.Positional not in get_args(hints[each.name])
    }
    return named | getattr(command, "CALLED", {})


def _options(name: str) -> type[Any]:
    return with_help(getattr(import_module(f"{commands.__name__}.{name}"), name.capitalize()))


if __name__ == "__main__":
    sys.exit(main())
