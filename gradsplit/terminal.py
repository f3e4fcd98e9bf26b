"""What is printed: text that others wrote, such as a program's error, commands no terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO

from relations.tables.plain_text import shown


class PlainOutput:
    r"""A stream that writes out control and direction characters instead of sending them.

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

    def write(self, text: str) -> int:
        """Write a text as it is shown."""
        self._stream.write(shown(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def plain_output() -> Iterator[None]:
    """Print plainly meanwhile, and what the terminal's encoding lacks by its number."""
    for stream in (sys.stdout, sys.stderr):
        # A stream that somebody put there, such as a notebook's, may not have it.
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    with redirect_stdout(PlainOutput(sys.stdout)):  # pyright: ignore[reportArgumentType]
        yield
