"""Nothing stays of the folders of runs, also where the process was killed that made them."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from relations.running.run_folder import remove_run_folders, run_folder

DRIVER = """
import sys
from relations.command_trainer import CommandTrainer
from relations.executors.processes import Processes
from relations.runs import Run

if __name__ == "__main__":
    program = f"{sys.executable} -c 'import time; time.sleep(60)'"
    train = CommandTrainer(program + " {tasks} {seed} {out}")
    list(Processes(1, devices=[]).outcomes(train, [Run(("a",), 0)]))
"""


def is_soon(folder, count):
    """Whether a folder has so many folders of runs before long."""
    deadline = time.monotonic() + 60
    while len(list(folder.glob("gradsplit-run-*"))) != count:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_only_folders_of_the_processes_named_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with run_folder():
        remove_run_folders([os.getpid() * 10, os.getpid() // 10])
        assert len(list(tmp_path.iterdir())) == 1
        remove_run_folders([os.getpid()])
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_stays_of_workers_that_are_ended(tmp_path, number):
    left = tmp_path / "left"
    left.mkdir()
    (tmp_path / "driver.py").write_text(DRIVER)
    paths = {"TMPDIR": str(left), "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "driver.py"]
    with subprocess.Popen(
        words, cwd=tmp_path, env={**os.environ, **paths}, stderr=subprocess.DEVNULL
    ) as driver:
        assert is_soon(left, 1)
        driver.send_signal(number)
        assert is_soon(left, 0)
