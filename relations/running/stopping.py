"""Ending on SIGTERM, which a cluster sends some seconds before it takes the machine away."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 20.0
"""So long the trainings have to keep what they have; Slurm kills after 30 by default."""

_SAME_SECONDS = 5.0
"""A second signal so soon is the first one again, sent to a whole group of processes."""


class Stopped(KeyboardInterrupt):
    """The process was asked to end and does; whatever was begun has been kept."""


KEPT = "finished runs are kept: the same command or call goes on from here"


class _State:
    asked_at: float | None = None
    tell: tuple[Callable[[], None], ...] = ()


def is_stopping() -> bool:
    """Whether this process was asked to end and is to keep what it has first."""
    return _State.asked_at is not None


def grace_left() -> float:
    """Seconds that are left of the time in which trainings may keep what they have."""
    if _State.asked_at is None:
        return GRACE_SECONDS
    return max(0.0, GRACE_SECONDS - (time.monotonic() - _State.asked_at))


@contextmanager
def ending_on_request(*, softly: bool) -> Iterator[None]:
    """A block that SIGTERM ends by `Stopped`, so that claims and files are given back.

    Nothing is changed where SIGTERM is handled already, or in another than the main thread.

    Args:
        softly: Who works inside asks `is_stopping` every now and then and raises `Stopped` himself;
            it is raised for him after `GRACE_SECONDS`. Otherwise it is raised at once.

    Raises:
        Stopped: As above.
    """
    here = threading.current_thread() is threading.main_thread()
    if not here or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return

    def asked(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as signals have it
        now = time.monotonic()
        signals.append(number)
        if not softly:
            raise Stopped
        if _State.asked_at is not None:
            if now - _State.asked_at > _SAME_SECONDS:
                raise Stopped
            return
        _State.asked_at = now
        for tell in _State.tell:
            tell()
        last = threading.Timer(GRACE_SECONDS, os.kill, (os.getpid(), signal.SIGTERM))
        last.daemon = True
        timers.append(last)
        last.start()

    timers: list[threading.Timer] = []
    signals: list[int] = []
    signal.signal(signal.SIGTERM, asked)
    try:
        yield
        if is_stopping():  # after the last who asked, such as while the last run was scored
            raise Stopped
    except KeyboardInterrupt as interrupt:
        # Ray raises a plain one in place of what the handler raised while it was waiting.
        if signals and not isinstance(interrupt, Stopped):
            raise Stopped from interrupt
        raise
    finally:
        for timer in timers:
            timer.cancel()
        _State.asked_at = None
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def saying_what_is_kept() -> Iterator[None]:
    """A block whose traceback ends, when it is interrupted, with what becomes of finished runs."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if not interrupt.args:
            interrupt.args = (KEPT,)
        raise


@contextmanager
def telling(tell: Callable[[], None]) -> Iterator[None]:
    """Have something called when this process is asked to end, such as to ask its workers."""
    before = _State.tell
    _State.tell = (*before, tell)
    try:
        yield
    finally:
        _State.tell = before
