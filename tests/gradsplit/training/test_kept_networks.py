from pathlib import Path

import pytest

from gradsplit.errors import LogNote, NetworkNote
from gradsplit.studies.network_loading import load_network, network_facts
from gradsplit.studies.scoring import score
from gradsplit.training import network_file
from gradsplit.training.kept_networks import FOLDER, network_path, part_bytes
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.trail import Trail
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from relations.executors.in_process import InProcess
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy, toy

TASKS = Toy.tasks[:2]


def probed(folder, executor="in-process", **ways):
    trainer = TaskSetTrainer(toy(), trail=Trail(networks=True), **ways)
    probe = PairwiseProbe(TASKS, trainer, [0], folder / "probe.db")
    probe.run(executor, progress=False)
    assert not probe.plan().missing
    return folder / FOLDER


@pytest.mark.parametrize("executor", ["in-process", "ensemble"])
def test_the_network_of_every_run_is_kept_and_scores_what_it_scored(tmp_path, executor):
    folder = probed(tmp_path, executor)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [
        *("error.seed0.safetensors", "sum+error.seed0.safetensors", "sum.seed0.safetensors")
    ]
    for file in files:
        facts = network_facts(file)
        assert facts.settings == TaskSetTrainer(toy()).settings()
        assert score(load_network(file, toy()), toy()) == facts.scores


def test_runs_that_are_trained_together_say_that_they_have_no_logger(tmp_path):
    trainer = TaskSetTrainer(toy(), trail=Trail(log=("jsonl",)))
    with pytest.warns(LogNote, match="jsonl is not told"):
        PairwiseProbe(TASKS, trainer, [0], tmp_path / "p.db").run("ensemble", progress=False)


@pytest.mark.slow
def test_worker_processes_keep_them_too(tmp_path):
    assert len(list(probed(tmp_path, "processes").iterdir())) == 3


def test_runs_of_a_variant_have_a_folder_of_their_own(tmp_path):
    trainer = TaskSetTrainer(toy(), trail=Trail(networks=True)).keeping(tmp_path / "u", "")
    run = Run(("sum",), 0, "wide #1")
    trainer.outcome(run)
    assert network_path(tmp_path / FOLDER, run).is_file()
    assert network_facts(network_path(tmp_path / FOLDER, run)).variant == "wide #1"


def test_a_full_disk_costs_the_network_and_no_score(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(network_file.os, "fsync", full)
    with pytest.warns(NetworkNote, match=r"cannot be kept \(.*No space left"):
        folder = probed(tmp_path)
    assert not list(folder.iterdir())


def test_a_network_is_there_before_its_run_counts_as_finished(tmp_path):
    seen = []

    class Watching(InProcess):
        def outcomes(self, train, runs):
            for outcome in super().outcomes(train, runs):
                seen.append(network_path(tmp_path / FOLDER, outcome.run).is_file())
                yield outcome

    probed(tmp_path, Watching())
    assert seen == [True, True, True]


def test_nothing_is_kept_where_nobody_asks(tmp_path):
    probe = PairwiseProbe(TASKS, TaskSetTrainer(toy()), [0], tmp_path / "probe.db")
    probe.run(progress=False)
    assert not (tmp_path / FOLDER).exists()


def test_the_parts_are_as_large_as_the_tensors_of_the_file(tmp_path):
    from safetensors.torch import load_file

    folder, parts = probed(tmp_path), part_bytes(toy())
    for file in folder.iterdir():
        tensors = load_file(file).values()
        tasks = network_facts(file).tasks
        assert sum(one.nbytes for one in tensors) == sum(parts[part] for part in ("", *tasks))


def test_own_parts_of_a_method_count():
    plain, own = part_bytes(toy()), part_bytes(toy(), LastStage(("last",)))
    last = 8 * (8 * 8 + 8)
    assert sum(own.values()) - sum(plain.values()) == 2 * last  # three tasks, of which one is there
    assert Path(FOLDER).name == "networks"
