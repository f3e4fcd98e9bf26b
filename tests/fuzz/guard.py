"""One reading under watch: its time, its memory, what it writes, what it says."""

import io
import os
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradsplit.errors import GradSplitError
from relations.errors import Note, RelationsError

MISTAKES = (RelationsError, GradSplitError)
"""The errors that a reader may answer with."""
SECONDS = 5.0  # of this process
_WAITING = 4  # times as many on the wall, as other programs may be at work
MOST_LETTERS = 20_000
_WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.connect"}


class HangError(BaseException):
    """Raised by the clock; no reader may swallow it."""


@dataclass(frozen=True)
class Reading:
    """What came of one input.

    Attributes:
        answer: What was read; None when it was refused.
        mistake: What the refusal says; None when there was none.
        fault: What went wrong: the kind of fault and its place, equal for equal faults.
        trace: For people.
    """

    answer: Any = None
    mistake: str | None = None
    fault: str | None = None
    trace: str = ""


class _Watch:
    """Notes what is written outside a folder while it is on; installed once a process."""

    folder: Path | None = None
    seen: list[str]

    def __init__(self) -> None:
        self.seen = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, values: tuple[Any, ...]) -> None:
        if self.folder is None:
            return
        if event in _STARTS:
            self.seen.append(f"{event} {values[:1]}")
        elif event == "open" and isinstance(values[0], str | bytes):
            mode, flags = values[1], values[2]
            if (mode and set(mode) & set("wax+")) or (mode is None and flags & 0o3):
                self._hear_path(event, values[0])
        elif event in _WRITES:
            self._hear_path(event, values[0])

    def _hear_path(self, event: str, path: str | bytes) -> None:
        text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  links are left as they are
        if not text.startswith((str(self.folder), "/dev/null", "/proc/self/")):
            self.seen.append(f"{event} {text}")


_watch: _Watch | None = None


@contextmanager
def _watched(folder: Path) -> Iterator[list[str]]:
    global _watch
    _watch = _watch or _Watch()
    _watch.seen, _watch.folder = [], folder
    try:
        yield _watch.seen
    finally:
        _watch.folder = None


@contextmanager
def _clock(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise HangError(f"over {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    working = signal.signal(signal.SIGPROF, ring)
    # A test's own time limit uses the same clock.
    others = signal.setitimer(signal.ITIMER_REAL, _WAITING * seconds)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGPROF, working)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *others)


def limit_memory(more: int = 2 << 30) -> None:
    """Let this process take no more memory than it has now and a little."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def watched(read: Callable[[], Any], folder: Path, seconds: float = SECONDS) -> Reading:
    """Read one input.

    Args:
        read: Reads it, and uses what it reads.
        folder: The one place where something may be written.
        seconds: After which it hangs.
    """
    mistake, answer = None, None
    seen: list[str] = []
    try:
        with (
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
            _watched(folder) as seen,
            _clock(seconds),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", Note)
            answer = read()
    except MISTAKES as error:
        mistake = str(error)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return Reading(fault=_place(error), trace="".join(traceback.format_exception(error)))
    if seen:
        return Reading(fault=f"touches {seen[0].partition(' ')[0]}", trace="\n".join(seen))
    if mistake is not None and (fault := _bad_words(mistake)):
        return Reading(fault=fault, trace=mistake[:MOST_LETTERS])
    return Reading(answer, mistake)


def _bad_words(mistake: str) -> str | None:
    if not mistake.strip():
        return "says nothing"
    return "says too much" if len(mistake) > MOST_LETTERS else None


def _place(error: BaseException) -> str:
    """The kind of an error and where it left our code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if any(f"/{home}/" in frame.filename for home in ("relations", "gradsplit", "analysis"))
        and "site-packages" not in frame.filename
    ]
    last = own[-1] if own else frames[-1]
    at = "/".join(Path(last.filename).parts[-2:])
    return f"{type(error).__name__} at {at} in {last.name}"
