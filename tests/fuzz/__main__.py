"""`python -m tests.fuzz --reader masks --inputs 100000`: the long run, by hand."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.fuzzing import Tally, fuzz
from tests.fuzz.guard import limit_memory
from tests.fuzz.readers import READERS


def main() -> int:
    """Fuzz and print what was found; 1 when there was a fault."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--reader", nargs="+", choices=[*READERS, "all"], default=["all"])
    options.add_argument("--inputs", type=int, default=100_000, help="of each reader")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--minutes", type=float, default=float("inf"), help="for each reader")
    given = options.parse_args()
    sys.dont_write_bytecode = True
    limit_memory()
    names = list(READERS) if "all" in given.reader else given.reader
    memory = Path("/dev/shm")
    faults = 0
    for name in names:
        begun = time.monotonic()

        def tell(number: int, tally: Tally) -> None:
            print(f"\r{number} inputs, {len(tally.faults)} faults", end="", file=sys.stderr)

        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            tally = fuzz(
                READERS[name](),
                Path(folder),
                given.inputs,
                given.seed,
                begun + 60 * given.minutes,
                tell,
            )
        inputs, seconds = tally.counts.total(), time.monotonic() - begun
        print(f"\n{name}: seed {given.seed}, {inputs} inputs in {seconds:.0f} s: {tally}")
        faults += len(tally.faults)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
