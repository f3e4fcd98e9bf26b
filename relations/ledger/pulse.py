"""Whether a probe that holds claims still lives, as far as can be known from here.

Where the same processes are seen from here as from there, the process decides: it has ended, or it
has not. Elsewhere, on another machine or in another container, the heartbeat does: it is dead when
that stands still. Names of machines tell nothing: two containers may bear the same. Source: our
choice.
"""

import os
import socket
import time
import uuid
from pathlib import Path

HEARTBEAT_SECONDS = 10.0
SILENT_SECONDS = 120.0  # a heart that stands still for so long, seen from elsewhere, is dead
WATCHED_SECONDS = 3 * HEARTBEAT_SECONDS  # enough for one whose last beat is older than that
_PROC = Path("/proc")
_GONE, _UNKNOWN = "", "unknown"


def place_of_claims(ledger: Path) -> str:
    """Where this process holds claims: its machine, since when that runs, its process namespace.

    The ledger's file belongs to it: claims in a copy are those on the file it was copied from, and
    that a probe still works on that one tells nothing.

    Args:
        ledger: The ledger's file.
    """
    if not _PROC.is_dir():
        return f"{socket.gethostname()}{_file(ledger)}"
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = str((_PROC / "self/ns/pid").readlink())
        own = str((_PROC / "self").readlink()) == str(os.getpid())  # else it tells of others
    except OSError:
        own, boot, namespace = False, "", ""
    space = f"boot {boot} {namespace}" if own else f"unseen {uuid.uuid4().hex}"
    return f"{socket.gethostname()} {space}{_file(ledger)}"


def is_of_file(place: str, ledger: Path) -> bool:
    """Whether claims held at a place are on this file, not on one that it was copied from."""
    return place.endswith(_file(ledger))


def _file(ledger: Path) -> str:
    return f" file {ledger.stat().st_ino}"


def start_of(pid: int) -> str:
    """When a process started, since a pid may be used again; "" when there is none.

    "unknown" when the system shows no process but that it is there.
    """
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return _UNKNOWN if _exists(pid) else _GONE
    # The name in parentheses may hold spaces; the state is the first field after it, the start
    # time the twentieth. A zombie has ended, though it still has a row.
    fields = stat.rpartition(")")[2].split()
    return _GONE if fields[0] == "Z" else fields[19]


def _exists(pid: int) -> bool:
    """Whether a process exists, though the system may not show it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Pulses:
    """Which other claimants are dead; remembers since when each heart stands still.

    Clocks of machines differ, so a heartbeat that looks old must also stand still for a while, by
    the clock of this one.

    Args:
        ledger: The ledger's file.
    """

    def __init__(self, ledger: Path) -> None:
        self.place = place_of_claims(ledger)
        self._seen: dict[str, tuple[float, float]] = {}

    def is_dead(
        self, claimant: str, place: str, pid: int, process_start: str, heartbeat: float
    ) -> bool:
        """Whether a claimant is dead, by the columns of its row."""
        alive = self._is_alive(place, pid, process_start)
        return self._stands_still(claimant, heartbeat) if alive is None else not alive

    def seems_dead(self, place: str, pid: int, process_start: str, heartbeat: float) -> bool:
        """The same by one look, where nothing depends on it: a last beat that is old is enough."""
        alive = self._is_alive(place, pid, process_start)
        return time.time() - heartbeat > SILENT_SECONDS if alive is None else not alive

    def _is_alive(self, place: str, pid: int, process_start: str) -> bool | None:
        """What a claimant's process says; None where it cannot be seen from here."""
        seen = start_of(pid)
        if place == self.place and seen == _GONE:
            return False
        if place == self.place and _UNKNOWN not in (seen, process_start):
            return seen == process_start
        # The first release wrote the machine's name alone: its process may be another container's.
        return True if place == socket.gethostname() and seen == process_start else None

    def _stands_still(self, claimant: str, heartbeat: float) -> bool:
        now = time.monotonic()
        last, since = self._seen.get(claimant, (heartbeat, now))
        since = since if last == heartbeat else now
        self._seen[claimant] = heartbeat, since
        looks_old = time.time() - heartbeat > SILENT_SECONDS
        return now - since > (WATCHED_SECONDS if looks_old else SILENT_SECONDS)
