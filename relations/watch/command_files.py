"""The files that a command names, and what those import."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from relations.watch.own_files import OwnFiles
from relations.watch.python_files import file_digest, imported_files, module_files
from relations.watch.watched import Watched

_SCRIPTS = (".sh", ".bash")
_UNSEEN = "data that the program reads and the command does not name"


def watched_command(command: str, folder: str | Path) -> Watched:
    """The files that a command names, as digests by name.

    Args:
        command: The command, with placeholders.
        folder: Where it is started.

    Example:
        >>> watched_command("python no-such-file.py {tasks}", "/tmp").code
        {}
    """
    code: dict[str, str] = {}
    folder, unseen = Path(folder), []
    files = OwnFiles(folder.resolve())
    for path in _named_files(command, folder):
        if path.is_dir():
            unseen.append(f"the folder {path.name}")
            continue
        code |= imported_files(path, OwnFiles(path.resolve().parent)) if _far(path, files) else {}
        code |= imported_files(path, files)
        code.setdefault(f"file {files.label(path) or path.name}", file_digest(path))
    return Watched(code, unseen=(*unseen, _UNSEEN))


def _far(path: Path, files: OwnFiles) -> bool:
    """Whether a script lies elsewhere, with its own files around it."""
    return path.suffix == ".py" and files.label(path) is None


def _named_files(command: str, folder: Path) -> Iterator[Path]:
    """Existing files and folders among the words of a command."""
    words = _words(command)
    for place, word in enumerate(words):
        if " " in word:  # sh -c '...'
            yield from _named_files(word, folder)
            continue
        if place and words[place - 1] == "-m":
            yield from module_files(f"{word}.__main__", OwnFiles(folder.resolve()))
            continue
        path = folder / word.rpartition("=")[2]
        if not word.strip("./") or not path.exists() or (place == 0 and _is_tool(path, folder)):
            continue
        yield path
        if path.suffix in _SCRIPTS:
            inner = _words(path.read_text(encoding="utf-8", errors="replace"))
            yield from (
                folder / each
                for each in inner
                if (folder / each).suffix == ".py" and (folder / each).is_file()
            )


def _is_tool(path: Path, folder: Path) -> bool:
    """Whether a program is an interpreter or the like rather than somebody's own."""
    return path.name.startswith("python") or not path.resolve().is_relative_to(folder.resolve())


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
