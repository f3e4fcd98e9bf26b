"""Which files are the user's own, and how they are called wherever the folder lies."""

import linecache
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

_INSTALLED = {"site-packages", "dist-packages"}
_LIBRARY = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")
)  # the standard library
_HERE = Path(__file__).resolve().parents[2]
_OURS = tuple(_HERE / name for name in ("relations", "gradsplit", "analysis"))
SESSION = "this session"
"""What code that was typed, in a notebook or at a prompt, is called instead of a file."""


@dataclass(frozen=True)
class OwnFiles:
    """The user's own files: those below a folder or the working directory that nobody installed.

    Attributes:
        root: The folder of what is trained; names of files are relative to it.
    """

    root: Path

    @classmethod
    def around(cls, file: str | None) -> "OwnFiles":
        """The files around one: below the folder of its outermost package."""
        folder = Path(file).resolve().parent if file and Path(file).is_file() else Path.cwd()
        while (folder / "__init__.py").is_file():
            folder = folder.parent
        return cls(folder)

    def label(self, file: str | Path | None) -> str | None:
        """The name of a file here, the same after a move; None for files of others."""
        if file is None:
            return None
        if not Path(file).is_file():
            return SESSION if _was_typed(str(file)) else None
        path = Path(file).resolve()
        if _is_of_library(path):
            return None
        for folder in (self.root, Path.cwd()):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return None

    def is_elsewhere(self, file: str) -> bool:
        """Whether a file is neither here nor that of a library, such as one of a folder beside."""
        path = Path(file)
        return path.is_file() and not _is_of_library(path.resolve()) and self.label(file) is None


def _is_of_library(path: Path) -> bool:
    installed = not _INSTALLED.isdisjoint(path.parts)
    return installed or any(path.is_relative_to(folder) for folder in (*_LIBRARY, *_OURS))


def file_of_class(kind: type) -> str | None:
    """Where a class was written."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if file is not None:
        return file
    codes = (getattr(value, "__code__", None) for value in vars(kind).values())
    typed = (code.co_filename for code in codes if code is not None)
    return next((name for name in typed if _was_typed(name)), None)


def _was_typed(file: str) -> bool:
    """Whether a name that is no file stands for a notebook's cell or a prompt's line."""
    if file.startswith("<attrs"):
        return False
    return file == "<stdin>" or bool(linecache.getlines(file))
