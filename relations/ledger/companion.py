"""A ledger's companion file `probe.db-wal`, and ledgers that were copied without it.

In write-ahead mode SQLite writes into the companion first, and moves what is there into the main
file now and then. A copy of the main file alone is a ledger of some moments ago, or none at all.
"""

import contextlib
import shlex
import sqlite3
import time
from pathlib import Path

from relations.errors import LedgerError
from relations.ledger.pulse import is_of_file


def companion(path: Path) -> Path:
    """The companion file of a ledger, whether it is there or not."""
    whole = path.resolve()
    return whole.with_name(f"{whole.name}-wal")


def has_companion(path: Path) -> bool:
    """Whether a ledger has a companion file with something in it."""
    file = companion(path)
    return file.is_file() and file.stat().st_size > 0


def writes_ahead(connection: sqlite3.Connection) -> bool:
    """Whether a file is in write-ahead mode.

    Asked of SQLite: a process that opens and closes the file itself loses the locks of all its
    connections to it, and another one that ends takes the companion away from under them.
    """
    return connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def how_to_copy(path: Path) -> str:
    """What to do instead of copying the main file alone.

    Example:
        >>> print(how_to_copy(Path("probe.db")))
        Copy a ledger that is in use by `sqlite3 probe.db ".backup copy.db"`, or `probe.db-wal` \
with it while no probe is at work.
    """
    return (
        f'Copy a ledger that is in use by `sqlite3 {shlex.quote(path.name)} ".backup copy.db"`, '
        f"or `{companion(path).name}` with it while no probe is at work."
    )


def empty_copy(path: Path) -> str:
    """What to know of a file that has a companion's mode, no companion and nothing in it."""
    return (
        f"`{path}` is empty without its companion `{companion(path).name}`, into which a probe "
        f"writes first; was it copied without it? {how_to_copy(path)} Where a full disk ended a "
        "probe before its first run, nothing is lost: remove the file."
    )


def damaged(path: Path, why: object) -> LedgerError:
    """The error of a file with parts that cannot be read, as a copy of one that is written."""
    what = " ".join(str(why).split())
    return LedgerError(
        f"The ledger `{path}` is damaged ({what}), and is left as it is: runs would be missing "
        f"from it. Take a whole copy of it, or probe into another ledger. {how_to_copy(path)}"
    )


def bereft_note(connection: sqlite3.Connection, path: Path) -> str:
    """What to know of a ledger that had no companion when it was opened; "" when nothing.

    A probe that ends takes its claimant away. One that is there and is of another file, or of a
    release that did not say of which, is from a copy.
    """
    rows = connection.execute("SELECT host, heartbeat FROM claimants").fetchall()
    beats = [heartbeat for place, heartbeat in rows if not is_of_file(place, path)]
    if not beats:
        return ""
    ends = connection.execute("SELECT max(finished_at) FROM runs").fetchone()[0] or 0.0
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(max(*beats, ends)))
    return (
        f"A probe was at work on `{path}` when it was copied, and there is no "
        f"`{companion(path).name}` beside it: runs that ended after {moment} (UTC) are not in it. "
        f"{how_to_copy(path)}"
    )


def move_in(connection: sqlite3.Connection) -> None:
    """Move what the companion holds into the main file, as far as nobody reads it just now.

    A full disk leaves it where it is, which is as safe.
    """
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
