"""Command lines: words of valid ones changed, in a folder with files to read."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import matplotlib.pyplot  # noqa: F401  it makes folders of its own the first time

import gradsplit
from gradsplit.cli import MISTAKE, main
from gradsplit.studies.comparison import compare as comparing
from gradsplit.training.loop import Training
from relations import probe, variants
from relations.errors import RelationsError
from relations.tables.plain_text import shown
from tests.fuzz import junk
from tests.fuzz.reader import Files, Reader
from tests.fuzz.readers.json_files import ESTIMATE
from tests.fuzz.readers.ledgers import probed
from tests.fuzz.readers.tables import MATRIX, RUNS, SCORES
from tests.places import ROOT

LINES = (
    "relations table.csv",
    "relations runs.csv --threshold -0.02 --level 0.9 --correction bh",
    "relations . --json -",
    "relations table.csv --json out/edges.json --tasks pose,reid",
    "relations runs.csv --lower pose --without depth --shrink off",
    "relations estimate.json --cut 20%",
    "mask table.csv --out out.json --unknown block",
    "mask runs.csv --out out.json --undecided allow --unknown allow",
    "graph table.csv --out out.csv",
    "graph runs.csv --out out.graphml",
    "graph probe.db --out out.dot",
    "check mask.json",
    "check mask.json --modules layer4 --shares pose=0.5",
    "status .",
    "status . --variant steps=400",
    "status . --failures",
    "compare --scores scores.csv --out out",
    "compare --methods list",
    "agreement . --estimates estimate.json",
    "plan planted --seeds 2 --set steps=2",
    "plan mine.py:own --seeds 2..3",
    "run planted --tasks left,right --seed 0 --scores out.json --steps 1",
    "heatmap nowhere.csv --out out.png",
    "heatmap table.csv --out out.svg",
    "report . --out out.html",
    "report runs.csv --out out.html --threshold -0.02 --undecided allow",
    "figures --out out.png --seed 1",
    "figures --export out --as mpii --pictures 2 --height 32",
    "demo --out out --seeds 2 --workers 2",
    "probe planted --seeds 1 --out out --tasks loud,quiet --steps 2",
    "probe mine.py:own --out out --settings lr=0.1 --depends table.csv",
    "train planted --mask mask.json --out out --steps 1",
    "compare planted --methods multi-head,gradsplit --seeds 2 --out out --set steps=2",
    "diagnose planted --out out --edges loud:quiet --seeds 1",
    "group runs.csv --out out --networks 2 --together pose:reid --json -",
    "group table.csv --out out --budget 1.5 --apart pose:reid --largest 2 --rule sum",
    "group . --out out --disjoint --networks 1",
    "group planted --out out --seeds 1 --train 1 --most-runs 3 --budget 2",
    "plan planted --seeds 2 --measure 0 --group 2",
    "--version",
    "--help",
)
_WORDS = (
    *("--", "-", "--out", "--help", "", " ", "-1", "nan", "1e999", "0.5%", "list", "planted"),
    *("table.csv", "runs.csv", "scores.csv", "mask.json", "estimate.json", "probe.db", ".", ".."),
    *("out.png", "out/x", "/dev/null/x", "mask.json/x", "a=b", "=", "x=", "pose=1", "pose,reid"),
    *("pose:reid", "math:tau", "os:system", "nowhere.py:x", "--set", "--seeds", "3..", "0..9"),
    *("9" * 400, "--threshold=0.01", "--tasks=", "--level=2", "--device=cuda", "{", "[]"),
)


def _csv(rows: list[list[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


_LONG = {"demo", "probe", "train", "compare", "diagnose", "figures", "group"}


def _refuse(*_: Any, **__: Any) -> None:
    raise RelationsError("This would take long.")


@contextmanager
def _nothing_long() -> Iterator[None]:
    """Inside, a command gets to where it would train or draw people."""
    with (
        patch.object(probe, "train_missing", _refuse),
        patch.object(variants, "train_missing", _refuse),
        patch.object(Training, "take_steps", _refuse),
        patch.object(comparing, "measured_costs", _refuse),
        patch.object(gradsplit, "contact_sheet", _refuse),
        patch.object(gradsplit, "export_people", _refuse),
    ):
        yield


def files() -> dict[str, bytes]:
    """What the command lines read."""
    return {
        "table.csv": _csv(MATRIX),
        "runs.csv": _csv(RUNS),
        "scores.csv": _csv(SCORES),
        "mask.json": (ROOT / "tests" / "contract" / "mask-v1.json").read_bytes(),
        "estimate.json": json.dumps(ESTIMATE).encode(),
        "probe.db": probed(),
    }


class CommandLines(Reader):
    name = "commands"
    written = ("*",)

    def originals(self) -> list[Any]:
        return [line.split() for line in LINES]

    def same(self, random: Random, original: list[str]) -> Files:
        return {**files(), "words": json.dumps(original).encode()}

    def changed(self, random: Random, original: list[str]) -> Files:
        words = list(original)
        for _ in range(random.choice((1, 1, 2, 3))):
            at = random.randrange(len(words) + 1)
            kind = random.randrange(6)
            if kind == 0:
                del words[at : at + 1]
            elif kind == 1:
                words.insert(at, random.choice(_WORDS))
            elif kind == 2:
                words[at : at + 1] = [random.choice((junk.name, junk.cell))(random)]
            elif kind == 3:
                words[at : at + 1] = [random.choice(_WORDS)]
            elif kind == 4:
                words.insert(at, random.choice(random.choice(LINES).split()))
            elif words:
                place = random.randrange(len(words))
                words[place] = words[place][: random.randint(0, len(words[place]))]
        return {**files(), "words": json.dumps(words).encode()}

    def read(self, folder: Path) -> Any:
        words = json.loads((folder / "words").read_bytes())
        given, here = list(folder.iterdir()), folder / "here"
        here.mkdir()  # so that ".." is a place where a command may write
        for path in given:
            path.rename(here / path.name)
        out, err = io.StringIO(), io.StringIO()
        shortly = _nothing_long() if _LONG & set(words) else nullcontext()
        with chdir(here), shortly, redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(words)
            except SystemExit as ended:  # the parser of words ends the program itself
                code = ended.code
        text = out.getvalue() + err.getvalue()
        assert code in (0, MISTAKE), f"code {code}: {text}"
        assert "Traceback" not in text, text
        assert shown(text) == text or "--help" in words, f"commands a terminal: {words}"
        assert code == 0 or err.getvalue().strip(), "says nothing"
        return code
