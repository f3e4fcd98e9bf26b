"""A file that an unfinished run goes on from."""

import hashlib
import io
import json
import os
import pickle
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from gradsplit.errors import CheckpointNote
from gradsplit.training.trail import DEFAULT_MINUTES
from relations.digests import digest

_HEAD = b"gradsplit-checkpoint 2 "


@dataclass(frozen=True)
class Checkpoints:
    """Where unfinished runs are kept, and how often.

    Attributes:
        folder: One file a run; made when the first one is written.
        settings: What all these runs depend on; only a run with the same goes on. Taken once for
            all of them: a task set may read all its labels for it.
        minutes: Between two files of a run; where the process is asked to end, one is written
            besides.
        code: Digests of the code that trains, as far as it is watched.
        threads: CPU threads of a run; sums depend on them in the last digit.
        processes: Of a team that trains a run; for the same reason.
    """

    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    minutes: float = DEFAULT_MINUTES
    code: str = ""
    threads: int = 1
    processes: int = 1

    def of(self, tasks: Sequence[str], seed: int) -> "Checkpoint":
        """The checkpoint of one run.

        Args:
            tasks: Of the run.
            seed: Of the run.
        """
        method = self.settings.get("method")
        name = digest(json.dumps([sorted(tasks), method], sort_keys=True))
        depends = {
            "tasks": list(tasks),
            "seed": seed,
            "settings": self.settings,
            "threads": self.threads,
            **({} if self.processes == 1 else {"processes": self.processes}),
            "torch": torch.__version__,
            "code": self.code,
        }
        text = f"{'+'.join(tasks)} seed {seed}"
        return Checkpoint(
            self.folder / f"{name[:16]}-{seed}.pt",
            json.dumps(depends, sort_keys=True, default=str),
            self.minutes,
            text,
        )


class Checkpoint:
    """The file of one run: written whole or not at all, read only if it is sound and of this run.

    Args:
        path: The file.
        identity: What the run depends on.
        minutes: See `Checkpoints`.
        run: The run as people read it.

    Attributes:
        at_end: The file is written after the last step too, for a run that is not forgotten then.
    """

    def __init__(self, path: Path, identity: str, minutes: float, run: str) -> None:
        self.path, self.run, self.at_end = path, run, False
        self._identity, self._seconds = identity, 60 * minutes
        self._written, self._told = time.monotonic(), False

    def is_due(self, *, ends: bool = False) -> bool:
        """Whether it is time to write again.

        Args:
            ends: After the last step.
        """
        waited = 0 < self._seconds <= time.monotonic() - self._written
        return waited or (ends and self.at_end)

    def write(self, content: Mapping[str, Any]) -> None:
        """Put a run's content into the place of the former one.

        Warns:
            CheckpointNote: It cannot be written, e.g. because the disk is full; the run goes on.
        """
        self._written = time.monotonic()
        file = io.BytesIO()
        torch.save({"identity": self._identity, **content}, file)
        body = file.getbuffer()
        beside = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as out:
                out.write(_HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n")
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self.path)
        except OSError as fault:
            with suppress(OSError):  # for the same reason
                beside.unlink()
            if not self._told:
                self._note(f"what it has so far cannot be kept ({fault}); it goes on.")
            self._told = True

    def read(self) -> dict[str, Any] | None:
        """What was kept of this very run; None where there is nothing to go on from.

        Warns:
            CheckpointNote: There is a file, but it is damaged or was made with other settings.
        """
        try:
            with self.path.open("rb") as file:
                head = file.readline(200)
                body = file.read()
        except OSError:
            return None
        if head != _HEAD + hashlib.sha256(body).hexdigest().encode() + b"\n":
            return self.refuse("is damaged")
        try:
            content = torch.load(io.BytesIO(body), weights_only=True)
        except (RuntimeError, pickle.UnpicklingError) as wrong:  # its device is not there, or a
            # data source's or a layer's own state is of more than tensors and plain values
            return self.refuse(f"cannot be loaded here ({wrong})")
        if content.pop("identity") != self._identity:
            return self.refuse(
                "was made with other settings, threads, data, code or another torch, or by another "
                "number of processes"
            )
        return content

    def remove(self) -> None:
        """Forget the run, and what a kill left half written; the folder goes with its last."""
        for file in (self.path, *self.path.parent.glob(f"{self.path.stem}.*.part")):
            with suppress(OSError):  # its outcome is kept elsewhere: a folder that is read-only,
                file.unlink()  # or is a file, must not cost it
        with suppress(OSError):
            self.path.parent.rmdir()

    def refuse(self, why: str) -> None:
        """Say that the file cannot be gone on from.

        Args:
            why: As the end of "the file ...".

        Warns:
            CheckpointNote: Always.
        """
        self._note(f"`{self.path}` {why}: it starts anew.")

    def cannot_be_kept(self) -> None:
        """Say that the run is of a kind that starts anew when it is ended.

        Warns:
            CheckpointNote: Always.
        """
        self._note(
            "its method, or who watches it, has a state that checkpoints do not know; if it is "
            "ended it starts anew."
        )

    def _note(self, what: str) -> None:
        warnings.warn(f"{self.run}: {what}", CheckpointNote, stacklevel=3)
