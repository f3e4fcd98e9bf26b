"""One run, with its time, its memory and its errors caught: what every executor calls."""

import contextlib
import os
import resource
import socket
import sys
import sysconfig
import time
import traceback
from dataclasses import replace
from pathlib import Path

from relations.errors import RelationsError, ScoreError, argument
from relations.running.stopping import Stopped, is_stopping
from relations.runs import Outcome, Run, Trainer
from relations.side_scores import scored

_HOUSE = Path(__file__).parents[2]
_OF_OTHERS = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    *(f"{_HOUSE / package}{os.sep}" for package in ("relations", "gradsplit")),
    "<frozen",
)
"""Beginnings of files that are no code of the user's, where a mistake of the user's may end."""


def measured(train: Trainer, run: Run) -> Outcome:
    """Train one run and say what came of it.

    Args:
        train: The trainer. If it has `outcome(run)`, that is asked instead, and what it leaves open
            is filled in here.
        run: What to train.

    Returns:
        The outcome; a training that raises, exits, or returns no sound scores has failed.
        KeyboardInterrupt is passed on.

    Raises:
        Stopped: The training failed after this process was asked to end, when what it needs may
            have been ended as well; that is no failure of the run.
    """
    on_cpu = trains_on_cpu(train)
    _restart_memory_peak(on_cpu)
    start = time.perf_counter()
    detailed = getattr(train, "outcome", None)
    try:
        outcome = detailed(run) if detailed else scored(run, train(run.tasks, run.seed))
    except ScoreError as error:
        outcome = Outcome(run, error=str(error))
    except (Exception, SystemExit) as error:  # a training that gives up must not end the probe
        if is_stopping():
            raise Stopped from error
        outcome = Outcome(run, error=_described(error))
    device, memory = _device_and_memory(on_cpu)
    return replace(
        outcome,
        wall_seconds=outcome.wall_seconds or time.perf_counter() - start,
        peak_memory_bytes=outcome.peak_memory_bytes or memory,
        device=outcome.device or device,
        host=outcome.host or socket.gethostname(),
    )


def trains_on_cpu(train: Trainer) -> bool:
    """Whether a trainer says by its `device` that it trains on the CPU; many do not say."""
    return str(getattr(train, "device", None)).split(":")[0] == "cpu"


def pickled(train: Trainer) -> bytes:
    """A trainer as bytes for another process.

    Raises:
        RelationsError: It cannot be pickled.
    """
    import cloudpickle

    try:
        return cloudpickle.dumps(train)
    except Exception as error:
        raise RelationsError(
            f"The trainer must be picklable to be sent to worker processes ({error}). Make it a "
            "function or an object without open files or devices, or use "
            f"{argument('executor', 'in-process')}."
        ) from error


def _described(error: BaseException) -> str:
    """What happened in one line, in whose code, then all of where.

    What comes after the first empty line is kept in the ledger and seldom seen.
    """
    first = f"{type(error).__name__}: {error}".rstrip(": ")
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(_OF_OTHERS)
    ]
    place = f"\nIn {own[-1].filename}, line {own[-1].lineno}, `{own[-1].name}`." if own else ""
    return f"{first}{place}\n\n{''.join(traceback.format_exception(error)).rstrip()}"


def _restart_memory_peak(on_cpu: bool) -> None:
    """Let the peak count from here, where the system and the device can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    cuda = None if on_cpu else _cuda_in_use()
    if cuda is not None:
        cuda.reset_peak_memory_stats()


def _device_and_memory(on_cpu: bool) -> tuple[str, int]:
    """The device in use and the peak since `_restart_memory_peak`, in bytes."""
    cuda = None if on_cpu else _cuda_in_use()
    if cuda is not None:
        index = cuda.current_device()
        return f"cuda:{index} ({cuda.get_device_name(index)})", cuda.max_memory_allocated()
    return "cpu", _process_peak()


def _process_peak() -> int:
    """Peak resident memory of this process in bytes."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _cuda_in_use():
    """torch.cuda when the training has used it; this package itself never imports torch."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return torch.cuda
    return None
