"""`gradsplit train` under torchrun: one training in two processes, with one voice."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch.distributed as dist
from safetensors.torch import load_file
from torch.testing import assert_close

from relations import GradientMask

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not dist.is_available(), reason="torch was built without distributed"),
]
OFTEN = {**os.environ, "GRADSPLIT_CHECKPOINT_MINUTES": "0.002", "OMP_NUM_THREADS": "1"}
TASKS = """
import os
from dataclasses import replace
from gradsplit.tasksets.planted.task_set import Planted, planted


class Failing(Planted):
    calls = 0

    def loss(self, task, output, target):
        Failing.calls += 1
        if Failing.calls > 100 and os.environ["RANK"] == os.environ["FAILS"]:
            raise {error}
        return super().loss(task, output, target)


made = planted()
tasks = Failing(made.name, made.plants, made.width)
"""


def two(*words: str, **environment: str) -> subprocess.Popen[str]:
    """Two processes of a command."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-port", str(port), "-m", "gradsplit", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=OFTEN | environment, text=True, stdout=pipe, stderr=pipe)


def finished(process: subprocess.Popen[str]) -> str:
    """What was printed, of a command that went well."""
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return output


def ours(errors: str) -> list[str]:
    """Our lines among torchrun's."""
    return [line for line in errors.splitlines() if line.startswith("gradsplit: ")]


def train(out: Path, *more: str, steps: int = 30) -> tuple[str, ...]:
    return "train", "planted", "--steps", str(steps), "--out", str(out), "--quiet", *more


def test_two_processes_write_what_one_writes(tmp_path):
    mask = tmp_path / "mask.json"
    GradientMask.identity(["loud", "quiet", "scarce", "apart"]).save(mask)
    one, several = tmp_path / "one", tmp_path / "several"
    printed = finished(two(*train(several, "--mask", str(mask))))
    assert printed.count("written: ") == printed.count("loud ") == 1
    command = [sys.executable, "-m", "gradsplit", *train(one, "--mask", str(mask))]
    assert subprocess.run(command, check=True, capture_output=True, text=True).returncode == 0
    assert {path.name for path in several.iterdir()} == {path.name for path in one.iterdir()}
    found = load_file(several / "weights.safetensors")
    for name, value in load_file(one / "weights.safetensors").items():
        assert_close(found[name], value, rtol=1e-4, atol=1e-5)


def test_networks_of_a_grouping(tmp_path):
    grouping, out = tmp_path / "grouping.json", tmp_path / "out"
    grouping.write_text('{"groups": [["loud"], ["quiet", "scarce", "apart"]]}')
    words = train(out, "--grouping", str(grouping), steps=3)
    assert finished(two(*words)).count("written: ") == 1
    assert (out / "network-2" / "weights.safetensors").exists()


STOPPED = "gradsplit: stopped by SIGTERM; the same command goes on from here."
LOST = "gradsplit: A process of the team has ended without a word"


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGTERM, STOPPED), (signal.SIGKILL, LOST)], ids=["all", "one lost"]
)
def test_it_goes_on_to_the_same_bits(tmp_path, number, said):
    whole, ended = tmp_path / "whole", tmp_path / "ended"
    process = two(*train(ended, steps=600))
    until = time.monotonic() + 120
    while not list(ended.glob("unfinished/*.pt")) and time.monotonic() < until:
        time.sleep(0.01)
    if number == signal.SIGTERM:
        process.send_signal(number)  # torchrun sends it to both
    else:
        os.kill(workers(process)[-1], number)
    _, errors = process.communicate(timeout=60)
    (line,) = ours(errors)
    assert line.startswith(said)
    assert len(list(ended.glob("unfinished/*.pt"))) == 1
    finished(two(*train(ended, steps=600)))
    finished(two(*train(whole, steps=600)))
    for name in ("weights.safetensors", "scores.json", "losses.json"):
        assert (ended / name).read_bytes() == (whole / name).read_bytes()
    assert not (ended / "unfinished").exists()


def workers(process: subprocess.Popen[str]) -> list[int]:
    """The processes that a torchrun has started."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return sorted(map(int, listed.stdout.split()))


@pytest.mark.parametrize("rank", ["0", "1"])
@pytest.mark.parametrize("error", ["OSError('no disk')", "ValueError('no such label')"])
def test_one_process_fails_for_all_with_one_message(tmp_path, rank, error):
    (tmp_path / "mine.py").write_text(TASKS.format(error=error))
    began = time.monotonic()
    process = two(*("train", f"{tmp_path}/mine.py:tasks", "--steps", "400", "--quiet"),
                  *("--out", str(tmp_path / "out")), FAILS=rank)  # fmt: skip
    _, errors = process.communicate(timeout=120)
    assert process.returncode
    assert time.monotonic() - began < 60
    if error.startswith("OSError"):
        assert ours(errors) == ["gradsplit: no disk"]
    else:
        assert errors.count("ValueError: no such label") == 1
    assert "OtherProcessFailed" not in errors


REFUSED = {
    "a method": ("`gradnorm` cannot be trained by several", "--method", "gradnorm"),
    "a device": ("`--device` must be cpu or cuda where torchrun", "--device", "cpu:0"),
    "a name": ("There is no task set", "nonesuch"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said_once(tmp_path, name):
    said, *words = REFUSED[name]
    asked = list(train(tmp_path / "out", *words))
    if len(words) == 1:
        asked = [*asked[:1], *words, *asked[2:-1]]
    _, errors = two(*asked).communicate(timeout=120)
    (line,) = ours(errors)
    assert said in line


def test_other_commands_are_not_for_several(tmp_path):
    _, errors = two("probe", "planted", "--out", str(tmp_path)).communicate(timeout=120)
    (line,) = ours(errors)
    assert "only `train` is done by several" in line
