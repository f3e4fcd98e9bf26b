"""Every program of the recipes goes the whole way: relations, mask, training with the mask."""

import math
import os
import subprocess
import sys

import pytest
import torch
import torch.distributed as dist

from relations import GradientMask, PairwiseProbe, RelationGraph
from tests.e2e.recipes.programs import FOLDER, program, skip_without_its_libraries
from tests.places import ROOT

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]

FEW = {
    "with_accelerate": {"STEPS": 2},
    "with_lightning": {"STEPS": 2},
    "with_trainer": {"STEPS": 1},
    "with_peft": {"STEPS": 2},
    "label_holes": {"STEPS": 2},
    "text_loaders": {"STEPS": 2},
    "pairing": {"STEPS": 2, "EPOCHS": 2},
    "plain_loop": {"STEPS": 2},
}
WITH_A_NETWORK = [
    *("with_accelerate", "with_lightning", "with_trainer", "with_processes"),
    *("text_loaders", "pairing", "plain_loop"),
]
# Words that the whole program prints, and the command.
WHOLE = {name: ("with the mask", [name + ".py"]) for name in FEW}
WHOLE["with_trainer_all_labels"] = ("", ["with_trainer_all_labels.py"])
WHOLE["fairness"] = ("epoch chosen on the test data", ["fairness.py", "2"])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Programs write their files into the folder where they are run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FEW)
def test_a_few_steps_from_relations_to_training_with_the_mask(name, monkeypatch):
    module = program(name, monkeypatch, **FEW[name])
    tasks = getattr(module, "TASKS", None) or module.DATA_SETS
    changes = PairwiseProbe(tasks[:2], module.train, range(2), "few.db").run(progress=False)
    assert changes.n[0, 1] == changes.n[1, 0] == 2
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    names = tuple(mask.tasks)
    scores = module.train(names, 2, mask)
    assert tuple(scores) == names
    assert all(math.isfinite(score) for score in scores.values())
    assert module.train(names, 2, mask) == scores


@pytest.mark.parametrize("name", WITH_A_NETWORK)
def test_runs_of_a_seed_begin_with_the_same_weights(name, monkeypatch):
    module = program(name, monkeypatch)
    rest = (None,) if name == "with_lightning" else ()
    names = tuple(getattr(task, "name", task) for task in module.TASKS)
    torch.manual_seed(5)
    together = module.Network(names, 0, *rest).state_dict()
    for task in names:
        torch.manual_seed(7)
        alone = module.Network((task,), 0, *rest).state_dict()
        assert all(torch.equal(together[part], weights) for part, weights in alone.items())
        other = module.Network((task,), 1, *rest).state_dict()
        assert not all(torch.equal(together[part], weights) for part, weights in other.items())


@pytest.mark.skipif(not dist.is_available(), reason="torch was built without distributed")
def test_one_process_of_several(monkeypatch, folder):
    """Both ways of spreading give the same scores; the slow test takes two processes."""
    module = program("with_processes", monkeypatch, STEPS=4)
    dist.init_process_group("gloo", f"file://{folder / 'meet'}", rank=0, world_size=1)
    try:
        mask = GradientMask.identity(module.TASKS)
        found = []
        for way in ("ddp", "fsdp"):
            monkeypatch.setattr(sys, "argv", ["with_processes.py", way])
            found.append(module.train(module.TASKS, 0, mask))
    finally:
        dist.destroy_process_group()
    assert found[0] == pytest.approx(found[1], abs=0.002)


TORCHRUN = ("-m", "torch.distributed.run", "--nproc-per-node")


def as_a_user(*words: str, folder) -> subprocess.CompletedProcess[str]:
    """The programs copied into an empty folder, and a command there."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    for path in FOLDER.glob("*.py"):
        (folder / path.name).write_text(path.read_text())
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True
    )


def printed(*words: str, folder) -> str:
    """What a command prints that must succeed."""
    run = as_a_user(*words, folder=folder)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_program(name, folder):
    skip_without_its_libraries(name)
    words, command = WHOLE[name]
    assert words in printed(*command, folder=folder)


@pytest.mark.slow
def test_two_processes_find_what_one_finds(folder):
    found = set()
    for way in ("ddp", "fsdp"):
        for count in ("1", "2"):
            found.add(printed(*TORCHRUN, count, "with_processes.py", way, folder=folder))
            (folder / "processes.db").unlink()
    assert len(found) == 1


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_an_error_in_one_process_ends_all(rank, folder):
    lines = ["import with_processes as program", "train = program.train"]
    lines += ["def failing(tasks, seed, mask=None):"]
    lines += [f"    if seed == 1 and program.dist.get_rank() == {rank}:"]
    lines += ["        raise ValueError('broken')", "    return train(tasks, seed, mask)"]
    lines += ["program.STEPS, program.train = 2, failing", "program.main()"]
    (folder / "failing.py").write_text("\n".join(lines))
    run = as_a_user(*TORCHRUN, "2", "failing.py", "ddp", folder=folder)
    assert run.returncode == 1
    assert "broken" in run.stderr
    assert "with the mask" not in run.stdout
