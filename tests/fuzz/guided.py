"""`python -m tests.fuzz.guided --reader masks --minutes 5`: inputs led by what code they reach.

By hand; it needs atheris (`pip install atheris`). The first input that is neither read nor refused
in words ends it.
"""

import argparse
import importlib
import sys
import tempfile
from pathlib import Path
from random import Random

_SPREAD = 40
"""How many forms of each valid file are learnt from."""
_MOST_BYTES = 4096


def main() -> None:
    """Fuzz until the time is over; libFuzzer ends the process."""
    import atheris  # pyright: ignore[reportMissingImports]

    # Modules are instrumented while they are imported, so ours come after.
    ours = ["relations", "gradsplit.studies", "gradsplit.tasksets"]
    with atheris.instrument_imports(include=ours):
        readers = importlib.import_module("tests.fuzz.readers").READERS
    fuzzing = importlib.import_module("tests.fuzz.fuzzing")
    options = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    options.add_argument("--reader", required=True, choices=list(readers))
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    reader = readers[given.reader]()
    known = [
        reader.same(Random(number), original)
        for original in reader.originals()
        for number in range(_SPREAD)
    ]
    changing = {name for files in known for name in files if files[name] != known[0][name]}
    name = max(changing or known[0], key=lambda name: len(known[0][name]))
    with tempfile.TemporaryDirectory() as corpus, tempfile.TemporaryDirectory() as place:
        for number, files in enumerate(known):
            Path(corpus, str(number)).write_bytes(files[name])
        fuzzer = fuzzing.Fuzzer(reader, Path(place))

        def once(content: bytes) -> None:
            reading = fuzzer.reading({**known[0], name: content})
            if reading.fault:
                raise AssertionError(f"{reading.fault}\n{content!r}\n{reading.trace}")

        seconds = f"-max_total_time={round(60 * given.minutes)}"
        words = [sys.argv[0], corpus, seconds, f"-seed={given.seed}", f"-max_len={_MOST_BYTES}"]
        atheris.Setup(words, once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
