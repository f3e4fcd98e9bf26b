"""What a training that is no run of a ledger goes on from."""

import pytest

from gradsplit import load_taskset
from gradsplit.errors import CheckpointNote
from gradsplit.studies.unfinished_run import unfinished_run

OWN = """
import helper_of_own
from tests.gradsplit.toy_tasks import Toy


class Own(Toy):
    def loss(self, task, output, target):
        return helper_of_own.FACTOR * super().loss(task, output, target)
"""


def test_a_module_that_a_task_set_of_ones_own_uses_is_watched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "helper_of_own.py").write_text("FACTOR = 1.0")
    (tmp_path / "own.py").write_text(OWN)
    taskset = load_taskset("own.py:Own")

    def kept():
        return unfinished_run(tmp_path / "unfinished", taskset, ("sum",), 0)

    kept().write({"done": 1})
    assert kept().read() == {"done": 1}
    monkeypatch.setattr("helper_of_own.FACTOR", 2.0)
    with pytest.warns(CheckpointNote, match="code or another torch"):
        assert kept().read() is None
