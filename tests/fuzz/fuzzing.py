"""Many inputs for one reader, and what came of them."""

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.guard import SECONDS, Reading, watched
from tests.fuzz.reader import Files, Reader

KEPT = 0.25
"""Share of the inputs that keep the meaning of the original."""
_FIRST_SECONDS = 120.0


@dataclass
class Tally:
    """What came of the inputs of a reader.

    Attributes:
        counts: Inputs by "read", "refused" and "fault".
        faults: The smallest input of each fault, with what is known of it.
        slowest: Seconds of the slowest input.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: dict[str, tuple[Files, str]] = field(default_factory=dict)
    slowest: float = 0.0

    def add(self, files: Files, reading: Reading, seconds: float) -> None:
        self.slowest = max(self.slowest, seconds)
        kind = "fault" if reading.fault else "read" if reading.mistake is None else "refused"
        self.counts[kind] += 1
        if reading.fault is None:
            return
        before = self.faults.get(reading.fault)
        if before is None or _size(files) < _size(before[0]):
            self.faults[reading.fault] = files, reading.trace

    def __str__(self) -> str:
        counts = ", ".join(f"{kind} {self.counts[kind]}" for kind in ("read", "refused", "fault"))
        lines = [f"{counts}; slowest {self.slowest:.2f} s"]
        for fault, (files, trace) in self.faults.items():
            shown = {name: content[:700] for name, content in files.items()}
            lines += [f"FAULT {fault}", f"  input: {shown}", f"  {trace[-700:]}"]
        return "\n".join(lines)


def _size(files: Files) -> int:
    return sum(map(len, files.values()))


class Fuzzer:
    """Makes inputs for a reader and reads them, in one folder that is emptied each time.

    Args:
        reader: Whose inputs.
        folder: An empty one.
    """

    def __init__(self, reader: Reader, folder: Path) -> None:
        self.reader, self.folder = reader, folder
        self.originals = reader.originals()
        self.answers = [
            self._answer(reader.same(Random(number), original))
            for number, original in enumerate(self.originals)
        ]

    def _answer(self, files: Files) -> Reading:
        # The first reading imports what the others find imported; libraries make folders then.
        self.reading(files, _FIRST_SECONDS)
        reading = self.reading(files)
        if reading.fault:
            raise AssertionError(f"An original is a fault: {reading.fault}\n{reading.trace}")
        return reading

    def once(self, random: Random) -> tuple[Files, Reading]:
        """One input and what came of it."""
        number = random.randrange(len(self.originals))
        if random.random() >= KEPT:
            files = self.reader.changed(random, self.originals[number])
            return files, self.reading(files)
        files = self.reader.same(random, self.originals[number])
        reading = self.reading(files)
        expected = self.answers[number]
        same = (reading.answer, reading.mistake is None) == (
            expected.answer,
            expected.mistake is None,
        )
        if reading.fault is None and not same:
            trace = f"{reading.mistake}\n{reading.answer}\n{expected}"
            reading = Reading(fault="another answer for the same meaning", trace=trace)
        return files, reading

    def reading(self, files: Files, seconds: float = SECONDS) -> Reading:
        """Write an input's files and read them."""
        self.empty()
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        reading = watched(lambda: self.reader.read(self.folder), self.folder, seconds)
        allowed = {*files, *self.reader.written}
        left = [each.name for each in self.folder.iterdir() if each.name not in allowed]
        if left and "*" not in allowed and reading.fault is None:
            reading = Reading(fault=f"leaves {sorted(left)[0][:60]!a}", trace=str(left))
        return reading

    def empty(self) -> None:
        """Take everything out of the folder."""
        for each in self.folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()


def fuzz(
    reader: Reader,
    folder: Path,
    inputs: int,
    seed: int,
    until: float = float("inf"),
    tell: Callable[[int, Tally], Any] = lambda number, tally: None,
) -> Tally:
    """Read many inputs; number n of a seed is always the same.

    Args:
        reader: Whose inputs.
        folder: An empty one.
        inputs: How many.
        seed: Of all of them.
        until: The clock (`time.monotonic`) after which no further one is begun.
        tell: Told how far it is.
    """
    fuzzer, tally = Fuzzer(reader, folder), Tally()
    for number in range(inputs):
        begun = time.monotonic()
        if begun > until:
            break
        files, reading = fuzzer.once(Random(f"{seed} {number}"))
        tally.add(files, reading, time.monotonic() - begun)
        if number % 1000 == 999:
            tell(number + 1, tally)
    fuzzer.empty()
    return tally
