"""Two processes give the parameters of one process on the union of the batches."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gradsplit.engine.split import GradSplit
from tests.gradsplit.engine import distributed_worker
from tests.gradsplit.engine.split_examples import PAPER, SPLIT
from tests.places import ROOT

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ddp")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    workers = [
        subprocess.Popen(
            [sys.executable, str(HERE / "distributed_worker.py"), str(rank), str(folder)],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    errors = [worker.communicate(timeout=180)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], errors
    return folder


@pytest.mark.parametrize("regime", distributed_worker.REGIMES)
def test_two_processes_equal_one_on_the_union(trained, regime):
    core, images, _ = distributed_worker.setting(regime)
    split = GradSplit(core, PAPER, SPLIT)
    wanted = distributed_worker.train(core, core, split, regime, images, distributed_worker.IDS)
    found = torch.load(trained / f"{regime}.pt")
    for name, value in wanted.items():
        assert torch.allclose(found[name], value, rtol=1e-11, atol=1e-13), name
