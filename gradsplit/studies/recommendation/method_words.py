"""Methods by words whose files lie in a folder."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method


def method_of(words: str, folder: Path) -> "Method":
    """The method of some words; a mask's file in them is one of the folder.

    Raises:
        GradSplitError: The words are those of no method.
        MaskFileError: A mask cannot be read.
    """
    from gradsplit.training.methods.wanted import build, read_methods

    return build(read_methods((placed(words, folder),))[0])


def placed(words: str, folder: Path) -> str:
    """The words with the place of their files: a mask, and the file of a method of one's own.

    Args:
        words: As on the command line.
        folder: What relative paths are relative to.

    Example:
        >>> placed("gradsplit:mask=mask.json,balance=db-mtl", Path("best"))
        'gradsplit:mask=best/mask.json,balance=db-mtl'
        >>> placed("own.py:half:mask=mask.json", Path("best"))
        'best/own.py:half:mask=best/mask.json'
    """
    file, separator, method = words.rpartition(".py:")
    kind, colon, options = method.partition(":")
    parts = [
        f"mask={folder / part.removeprefix('mask=')}" if part.startswith("mask=") else part
        for part in options.split(",")
    ]
    at = f"{folder / file}{separator}" if file else ""
    return f"{at}{kind}{colon}{','.join(parts)}"
