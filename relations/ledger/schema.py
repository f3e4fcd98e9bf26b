"""The ledger's file: its tables, how it is opened, and the errors of a file that is none."""

import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from relations.errors import LedgerError, LedgerNote, RelationsError
from relations.ledger.companion import (
    bereft_note,
    damaged,
    empty_copy,
    has_companion,
    move_in,
    writes_ahead,
)
from relations.ledger.soundness import check_sound

FORMAT = "gradsplit-ledger"
Execute = Callable[..., sqlite3.Cursor]
VERSION = 1
BUSY_SECONDS = 60.0  # how long a writer waits for another writer before it gives up

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    higher_is_better INTEGER NOT NULL
);
CREATE TABLE settings (fingerprint TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE variants (
    variant TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL REFERENCES settings (fingerprint),
    looks TEXT
);
CREATE TABLE claimants (
    id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL,
    process_start TEXT NOT NULL, heartbeat REAL NOT NULL
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    tasks TEXT NOT NULL, seed INTEGER NOT NULL, variant TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('planned', 'running', 'done', 'failed')),
    scores TEXT, error TEXT, output TEXT,
    wall_seconds REAL, peak_memory_bytes INTEGER, device TEXT, host TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_by TEXT, planned_at REAL NOT NULL, started_at REAL, finished_at REAL,
    versions TEXT,
    UNIQUE (variant, tasks, seed)
);
CREATE INDEX running ON runs (claimed_by) WHERE state = 'running';
"""


def connect(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a ledger's file, making it when it is not there and `create` says so.

    Args:
        path: The file.
        create: Make a new ledger when there is none. Without it, the file is only read.

    Returns:
        A connection without implicit transactions.

    Raises:
        LedgerError: The file is missing, is no ledger, is damaged, or has another version.

    Warns:
        LedgerNote: It was copied while a probe was at work, without its companion file.
    """
    if not create and not path.is_file():
        raise LedgerError(f"There is no ledger at `{path}`. Probe first, or give its path.")
    if create and not path.parent.is_dir():
        raise LedgerError(
            f"The folder `{path.parent}` of the ledger does not exist. Make it first."
        )
    alone = path.is_file() and not has_companion(path)  # asked first: a connection makes one
    with as_ledger_errors(path):
        connection, still = (_writable(path, alone=alone), False) if create else _readable(path)
        try:
            bereft = alone and (still or writes_ahead(connection))
            _check_format(connection, path, bereft=bereft)
            _check_whole(connection, path)
            check_sound(connection, path)
        except BaseException:
            connection.close()
            raise
        note = bereft_note(connection, path) if bereft else ""
    if note:
        warnings.warn(note, LedgerNote, stacklevel=3)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path, *, durable: bool) -> Iterator[None]:
    """All or nothing, on disk when it ends if `durable`; errors of the disk in words.

    Args:
        connection: From `connect`.
        path: For messages.
        durable: Wait until the disk has it, so that a power cut loses nothing. A commit that is
            not durable survives the death of the process all the same, and reaches the disk with
            the next durable one.
    """
    with as_ledger_errors(path):
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            # A full disk has rolled back already; a second ROLLBACK would hide the first error.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def has_table(execute: Execute, name: str) -> bool:
    """Whether a ledger has a table that not every ledger has."""
    rows = execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
    return rows.fetchone() is not None


def has_versions(connection: sqlite3.Connection) -> bool:
    """Whether runs have the column `versions`, which the first release did not write."""
    return any(row[1] == "versions" for row in connection.execute("PRAGMA table_info(runs)"))


@contextmanager
def as_ledger_errors(path: Path) -> Iterator[None]:
    """SQLite's errors, and those of texts that it holds, as errors that say what to do."""
    try:
        yield
    except RelationsError:
        raise  # said already
    except (ValueError, RecursionError) as error:  # no text, no JSON, or too long a number
        # SQLite quotes what is broken in its own errors, which need not be text.
        raise damaged(path, error) from error
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "malformed" in text or "decode" in text:
            raise damaged(path, error) from error
        if not isinstance(error, sqlite3.OperationalError):
            raise LedgerError(
                f"`{path}` is not a ledger ({text}). A ledger is the SQLite file a probe writes."
            ) from error
        remedy = "Can it be read and written there?"
        if "full" in text or "disk I/O" in text:
            remedy = "Free space and run again: every run that finished before is safe."
        elif "locked" in text:
            remedy = (
                f"Another process has held it for {BUSY_SECONDS:.0f} s; is it on a shared disk?"
            )
        raise LedgerError(f"The ledger `{path}` cannot be used ({text}). {remedy}") from error


def _writable(path: Path, *, alone: bool) -> sqlite3.Connection:
    """A connection for writing, with the tables made when the file is new."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        if alone and writes_ahead(connection):
            warnings.warn(f"{empty_copy(path)} A new ledger begins.", LedgerNote, stacklevel=4)
        _use_wal(connection)
        _create_tables(connection)
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging: readers never wait for the writer, nor the writer for readers."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            # SQLite does not wait by itself when two processes switch a new file at once.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _create_tables(connection: sqlite3.Connection) -> None:
    """All tables in one transaction; the second of two makers finds them there."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [("format", FORMAT), ("version", str(VERSION))]
        )
    connection.execute("COMMIT")
    move_in(connection)


def _readable(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A connection for reading only; whether it is to a disk that cannot be written.

    There SQLite does not tell the mode of the file.
    """
    uri = path.resolve().as_uri()
    connection = sqlite3.connect(
        f"{uri}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # WAL needs a writable folder even to read; on a read-only disk nobody writes meanwhile.
        connection.close()
        if has_companion(path):  # an immutable file is read without it: runs would be missing
            raise
        still = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        return still, True
    return connection, False


def _check_format(connection: sqlite3.Connection, path: Path, *, bereft: bool) -> None:
    """Refuse a file of another format or version."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables and bereft:
        raise LedgerError(empty_copy(path))
    meta = dict(connection.execute("SELECT key, value FROM meta")) if "meta" in tables else {}
    if meta.get("format") != FORMAT:
        raise LedgerError(
            f"`{path}` is an SQLite file but no ledger: it must hold the format name {FORMAT!r}, "
            f"got {meta.get('format')!r}. Give the path of a probe's ledger."
        )
    if meta.get("version") != str(VERSION):
        raise LedgerError(
            f"`{path}` is a ledger of version {meta.get('version')}; this program reads version "
            f"{VERSION}. Use the gradsplit release that wrote it, or a newer one."
        )


def _check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a damaged file, of which some runs would be read and others not."""
    (answer,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        raise damaged(path, answer)
