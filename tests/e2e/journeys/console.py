"""Runs a page from top to bottom: its files, its Python, and its commands as in a shell.

A block below `<!-- file: NAME -->` is written as that file; one below `<!-- not run: WHY -->` is
left out. In a `console` block lines that begin with `$ ` are commands, and what follows them is
what they print; `...` stands for anything, and times and sizes of memory are not compared.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

from tests.places import ROOT

_BLOCK = re.compile(r"(?:^<!-- (.*?) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MEASURED = re.compile(r"\b\d+(\.\d+)? (ms|s|min|h|MiB|GiB)\b")
GRADSPLIT = 'gradsplit() { python -m gradsplit.cli "$@"; }\n'


@dataclass(frozen=True)
class Block:
    """A block of a page: what stands above it, its language, its text."""

    remark: str
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The blocks of a page in their order.

    Example:
        >>> blocks("Look:\\n```console\\n$ true\\n```\\n")
        [Block(remark='', language='console', text='$ true\\n')]
    """
    return [Block(*found) for found in _BLOCK.findall(page)]


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it is said to print.

    Example:
        >>> list(commands("$ echo a \\\\\\n    b\\na b\\n$ true\\n"))
        [('echo a \\\\\\n    b', 'a b\\n'), ('true', '')]
    """
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, shown = [], part.splitlines()
        while shown and (not command or command[-1].endswith("\\")):
            command.append(shown.pop(0))
        yield "\n".join(command), "".join(f"{line}\n" for line in shown)


def run_page(page: Path, folder: Path, *languages: str) -> None:
    """Run the blocks of a page in a folder, which is the working directory.

    Args:
        page: A Markdown file.
        folder: Where its commands run.
        languages: Which blocks; Python and commands where none is named.
    """
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks(page.read_text()):
        kind, _, value = block.remark.partition(": ")
        if kind == "file":
            (folder / value).write_text(block.text)
        elif kind == "not run" or block.language not in (languages or ("python", "console")):
            continue
        elif block.language == "python":
            _run_python(page, block.text, names)
        else:
            for command, shown in commands(block.text):
                _run_command(command, shown, folder)


def _run_python(page: Path, text: str, names: dict[str, object]) -> None:
    # Behind as many empty lines as on the page, so that an error names the page's line.
    before = page.read_text().partition(text)[0].count("\n")
    exec(compile("\n" * before + text, str(page), "exec"), names)


def _run_command(command: str, shown: str, folder: Path) -> None:
    """Run a command and compare what it prints on the standard output."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["bash", "-c", GRADSPLIT + command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    wanted, found = (_MEASURED.sub("(measured)", text) for text in (shown, done.stdout))
    same = OutputChecker().check_output(wanted, found, ELLIPSIS | NORMALIZE_WHITESPACE)
    assert not shown or same, f"{command}\nprinted\n{done.stdout}"
