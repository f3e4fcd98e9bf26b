"""Coming together as a team, under torchrun, and parting again; one message if it fails."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist

from gradsplit.errors import GradSplitError, OtherProcessFailedError, argument
from gradsplit.launched import SAYING_SECONDS, Place, place
from gradsplit.training.device import check_device
from gradsplit.training.team.team import Team
from relations.running.stopping import Stopped

_PATIENCE = timedelta(hours=2)
"""So long processes wait for each other, such as for the leader's scores; one that has ended is
noticed at once."""


class _State:
    team: Team | None = None


@contextmanager
def joined(device: str) -> Iterator[Team | None]:
    """A block in which the processes that torchrun has started are a team.

    Without torchrun, or with one process, there is no team and nothing is done. Inside another such
    block it is the same team. If a process fails, the others end too, and only the first to fail
    says why.

    Args:
        device: "cpu", or "cuda" of which each process takes its own.

    Yields:
        The team, or None.

    Raises:
        GradSplitError: The device is none for several processes.
        OtherProcessFailedError: Another process has failed, and has said why.

    Example:
        >>> with joined("cpu") as team:
        ...     team is None
        True
    """
    mine = place()
    if mine is None or _State.team is not None:
        yield _State.team
        return
    with _group(device), _told_once():
        _State.team = _team(mine, device)
        try:
            yield _State.team
        finally:
            _State.team = None


@contextmanager
def _group(device: str) -> Iterator[None]:
    """Torch's process group; the caller's own where there is one already."""
    if dist.is_initialized():
        yield
        return
    on_gpus = device.startswith("cuda") and torch.cuda.is_available()
    dist.init_process_group("cpu:gloo,cuda:nccl" if on_gpus else "gloo", timeout=_PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _team(mine: Place, device: str) -> Team:
    """This process's team, on its own device."""
    check_device(device, here=True)
    own = torch.device(own_device(mine, device))
    if own.type == "cuda":
        if (found := torch.cuda.device_count()) < mine.count_here:
            raise GradSplitError(
                f"There are {mine.count_here} processes on this machine and {found} GPUs: start "
                "one process a GPU, by --nproc-per-node of torchrun."
            )
        torch.cuda.set_device(own)
    return Team(mine.rank, mine.count, own, plain=dist.new_group(backend="gloo", timeout=_PATIENCE))


def own_device(mine: Place, device: str) -> str:
    """The device of one process, of what all of them are told.

    Raises:
        GradSplitError: It is one that several processes cannot have.

    Example:
        >>> own_device(Place(rank=3, count=4, here=1, count_here=2), "cuda")
        'cuda:1'
    """
    if device == "cuda":
        return f"cuda:{mine.here}"
    if device == "cpu":
        return device
    raise GradSplitError(
        f"{argument('device')} must be cpu or cuda where torchrun starts {mine.count} processes, "
        "of which each "
        f"takes a GPU of its own, got {device!r}."
    )


@contextmanager
def _told_once() -> Iterator[None]:
    """Errors of a block in all processes: those of the first pass, others say that it was not they.

    The first notes it in the store where the processes have met, before its connections break and
    others fail by that.
    """
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    met = dist.TCPStore(  # pyright: ignore[reportPrivateImportUsage] - documented
        host, port, is_master=False, wait_for_workers=False
    )
    attempt = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    try:
        yield
    except Stopped:
        raise
    except Exception as error:
        try:
            first = met.add(f"gradsplit/failed/{attempt}", 1) == 1
        except dist.DistError:  # whoever held the store is gone, having failed before
            first = False
        if first and _is_of_connection(error):
            raise GradSplitError(
                "A process of the team has ended without a word, such as for lack of memory; the "
                f"same command goes on from what was kept last ({str(error)[:200]})."
            ) from error
        if first:
            raise
        # torchrun ends all when one has ended: let the first say why, and be that one.
        time.sleep(SAYING_SECONDS)
        raise OtherProcessFailedError("Another process of the team has failed.") from error


def _is_of_connection(error: Exception) -> bool:
    """Whether processes cannot reach each other; gloo has no class of its own for that."""
    return isinstance(error, dist.DistError) or (
        isinstance(error, RuntimeError) and "gloo/transport" in str(error)
    )
