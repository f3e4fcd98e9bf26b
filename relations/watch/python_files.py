"""Files by content, and the own files that a Python file imports."""

import ast
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from relations.digests import code_digest, digest
from relations.watch.own_files import OwnFiles

WHOLE_BYTES = 2**28  # of a larger file, its size and samples stand for the content
_SAMPLES, _SAMPLE_BYTES = 64, 2**20


def file_digest(path: Path) -> str:
    """A digest of a file's content; of Python code blind to comments and layout.

    A folder's is that of the names and contents below it. Of files beyond 256 MiB the size and 64
    samples are taken.
    """
    if path.is_dir():
        inner = sorted(each for each in path.rglob("*") if each.is_file())
        return digest(*(f"{each.relative_to(path)} {file_digest(each)}\n" for each in inner))
    if path.suffix == ".py":
        with suppress(SyntaxError, ValueError):  # of another version of Python, perhaps
            return _code_digest(path.read_text(encoding="utf-8"))
    state = path.stat()
    return _content_digest(str(path), state.st_mtime_ns, state.st_size)


def imported_files(file: str | Path | None, files: OwnFiles) -> dict[str, str]:
    """A Python file and all own files that it imports, one by the other: name -> digest."""
    found: dict[str, str] = {}
    waiting = [] if file is None else [Path(file).resolve()]
    while waiting:
        path = waiting.pop()
        label = files.label(path)
        if label is None or f"file {label}" in found:
            continue
        found[f"file {label}"] = file_digest(path)
        if path.suffix == ".py":
            folders = (path.parent, files.root, Path.cwd())
            for name in _imports(path.read_bytes()):
                waiting.extend(_module_files(name, path.parent, folders))
    return found


def module_files(name: str, files: OwnFiles) -> list[Path]:
    """The own files that an import of a dotted name runs; none where it is not the user's own."""
    paths = _module_files(name, files.root, (files.root, Path.cwd()))
    return [path for path in paths if files.label(path) is not None]


def _module_files(name: str, here: Path, folders: tuple[Path, ...]) -> list[Path]:
    """The files that an import of a dotted name may run, in the first folder that has them."""
    plain = name.lstrip(".")
    dots = len(name) - len(plain)
    if dots:
        folders = ((here, *here.parents)[dots - 1],)
    parts = plain.split(".") if plain else []
    for folder in dict.fromkeys(folders):
        found = [
            path
            for count in range(len(parts) + 1)
            for path in (
                folder.joinpath(*parts[:count], "__init__.py"),
                folder.joinpath(*parts[:count]).with_suffix(".py") if count else folder,
            )
            if path.is_file() and (count or dots)
        ]
        if found:
            return found
    return []


@lru_cache(maxsize=512)
def _imports(source: bytes) -> tuple[str, ...]:
    """Dotted names that code imports, wherever in it; dots in front as it has them."""
    return tuple(dict.fromkeys(_import_names(source)))


def _import_names(source: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            joint = "" if base.endswith(".") or not base else "."
            yield from (f"{base}{joint}{alias.name}" for alias in node.names if alias.name != "*")


_code_digest = lru_cache(maxsize=512)(code_digest)


@lru_cache(maxsize=512)
def _content_digest(path: str, changed: int, size: int) -> str:  # noqa: ARG001 - names the content
    state = hashlib.sha256(b"" if size <= WHOLE_BYTES else str(size).encode())
    with Path(path).open("rb") as opened:
        if size <= WHOLE_BYTES:
            while part := opened.read(_SAMPLE_BYTES):
                state.update(part)
        else:
            for place in range(_SAMPLES):
                opened.seek(place * (size - _SAMPLE_BYTES) // (_SAMPLES - 1))
                state.update(opened.read(_SAMPLE_BYTES))
    return state.hexdigest()[:16]
