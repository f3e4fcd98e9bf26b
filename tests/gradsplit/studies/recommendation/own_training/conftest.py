"""A program whose scores are a formula: reid and depth harm pose, unless masked or turned down."""

import json
import shlex
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, sys, zlib

words = dict(zip(sys.argv[1::2], sys.argv[2::2]))
with open(LOG, "a") as log:
    log.write(json.dumps(words) + "\\n")
tasks, seed = words["--tasks"].split("+"), words["--seed"]
told = [part.split("=") for part in words.get("--weights", "").split(",") if part]
weights = {task: float(factor) for task, factor in told}
mask = json.load(open(words["--mask"])) if "--mask" in words else None
HARM = {("reid", "pose"): 0.06, ("depth", "pose"): 0.04}


def noise(*what):
    return (zlib.crc32(" ".join(map(str, what)).encode()) % 1000 / 1000 - 0.5) * 0.004


def left(source, target):
    weight = weights.get(source, 1) / weights.get(target, 1)
    if mask is None:
        return weight * MATTERS + 1 - MATTERS
    place = mask["tasks"].index
    return 1.0 if mask["may_update"][place(source)][place(target)] else 0.0


scores = {}
for task in tasks:
    harm = sum(HARM.get((other, task), 0) * left(other, task) for other in tasks if other != task)
    own = noise(task, *sys.argv[1:4], seed, words.get("--weights"), mask and mask["may_update"])
    scores[task] = 0.8 * (1 - harm) + noise(task, seed) + own * (len(tasks) > 1)
if "depth" in scores:
    scores["depth"] = 1 / scores["depth"]
json.dump(scores, open(words["--scores"], "w"))
"""


class Program:
    """The command, and what its runs were told."""

    def __init__(self, folder: Path, matters: float) -> None:
        self.log = folder / "told.jsonl"
        self.script = folder / "train.py"
        head = f"LOG, MATTERS = {str(self.log)!r}, {matters}\n"
        self.script.write_text(head + PROGRAM)

    def command(self, *further: str) -> str:
        words = [sys.executable, "-S", str(self.script), "--tasks", "{tasks}", "--seed", "{seed}"]
        words += ["--scores", "{out}"]
        for name in further:
            words += [f"--{name}", f"{{{name}}}"]
        return " ".join(word if word.startswith("{") else shlex.quote(word) for word in words)

    def told(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def program(tmp_path):
    """Of which loss weights change nothing, or, with 1, as much as there is."""
    return lambda matters=0.0: Program(tmp_path, matters)
