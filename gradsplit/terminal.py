"""What is printed: text that others wrote, such as a program's error, commands no terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from textwrap import fill
from typing import Any, TextIO

from relations.tables.plain_text import shown
from relations.tables.text_table import line_width

_TOLD = ("not in the race: ", "failed: ")
"""Begins lines that are no sentences and are read as such: they are broken in files as well."""


class PlainOutput:
    r"""A stream that writes out control and direction characters instead of sending them.

    On a terminal, a line that is too long is broken at its blanks and not within a word. In files
    and pipes sentences are as wide as tables there, 120 characters or COLUMNS where that is set;
    tables, commands and data stay whole. While a bar of progress is shown, whole lines are written
    above it.

    Args:
        stream: Where the text goes.

    Example:
        >>> import io
        >>> page = io.StringIO()
        >>> print("\x1b[31mred", file=PlainOutput(page))
        >>> page.getvalue()
        '\\x1b[31mred\n'
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun = ""  # a line that is not yet at its end, while there is a bar

    def write(self, text: str) -> int:
        """Write a text as it is shown."""
        if not self._stream.isatty() or not _bars():
            self._show(self._begun + text)
            self._begun = ""
            return len(text)
        lines, end, self._begun = (self._begun + text).rpartition("\n")
        if end:
            with above_bars():
                self._show(lines + end)
        return len(text)

    def _show(self, text: str) -> None:
        lines = shown(text).split("\n")
        if self._stream.isatty():
            lines = [_broken(line, line_width()) for line in lines]
        else:
            width = line_width()
            lines = [
                _broken(line, width) if _is_prose(line) or line.startswith(_TOLD) else line
                for line in lines
            ]
        self._stream.write("\n".join(lines))

    def flush(self) -> None:
        """Write out what is left."""
        self._show(self._begun)
        self._begun = ""
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def above_bars() -> Iterator[None]:
    """Meanwhile no bar of progress is on the screen, where there is one; it comes back below."""
    bars = _bars()
    if not bars:
        yield
        return
    for bar in bars:
        bar.clear()
    yield
    for bar in bars:
        bar.refresh()


def _bars() -> list[Any]:
    """The bars of progress on the terminal; those of other streams move nothing there."""
    progress = sys.modules.get("tqdm")  # not imported as long as nobody shows a bar
    if progress is None:
        return []
    found = getattr(progress.tqdm, "_instances", ())
    return [bar for bar in list(found) if not bar.disable and bar.fp.isatty()]


def _is_prose(line: str) -> bool:
    """Whether a line is made of sentences: no table, whose columns are apart, no command, no data.

    Example:
        >>> _is_prose("Train one network: it gains most."), _is_prose("pose  0.81  reid  0.7.")
        (True, False)
    """
    return line[:1].isalpha() and line.endswith(".") and " " in line and "  " not in line


def _broken(line: str, width: int) -> str:
    """A line in several where it is too long; what follows stands further in but of sentences."""
    if len(line) <= width:
        return line
    start = line[: len(line) - len(line.lstrip())]
    return fill(
        line.strip(),
        width,
        initial_indent=start,
        subsequent_indent=start if _is_prose(line) else f"{start}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def said(text: str) -> str:
    """A message as standard error gets it: broken at blanks on a terminal, whole elsewhere."""
    if not sys.stderr.isatty():
        return text
    return "\n".join(_broken(line, line_width()) for line in text.split("\n"))


@contextmanager
def plain_output() -> Iterator[None]:
    """Print plainly meanwhile, and what the terminal's encoding lacks by its number."""
    for stream in (sys.stdout, sys.stderr):
        # A stream that somebody put there, such as a notebook's, may not have it.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    with redirect_stdout(PlainOutput(sys.stdout)):  # pyright: ignore[reportArgumentType]
        yield
