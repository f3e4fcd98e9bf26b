"""Checkpoints: whole or not at all, of this very run or not used, never in the way."""

import copy
import errno
from dataclasses import dataclass, replace

import pytest
import torch

from gradsplit.errors import CheckpointNote
from gradsplit.training import checkpoint as module
from gradsplit.training.checkpoint import Checkpoint, Checkpoints
from gradsplit.training.fit import fit
from gradsplit.training.methods.masked.scheduled import Scheduled
from gradsplit.training.methods.merged.meta_gf import MetaGf
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.trainer import TaskSetTrainer
from relations.probe import PairwiseProbe
from relations.running.stopping import Stopped
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.test_going_on import stop_at
from tests.gradsplit.training.methods.toy_gradients import CUT, TASKS

RUN = Run(TASKS, 0)
TOY = Toy().with_recipe(steps=8)


@pytest.fixture
def stopped(tmp_path):
    """A trainer one of whose runs was stopped after five steps."""
    trainer = TaskSetTrainer(TOY).keeping(tmp_path / "unfinished", "code")
    kept = of(trainer)
    with pytest.raises(Stopped):
        fit(TOY, TASKS, 0, checkpoint=kept, on_step=stop_at(5))
    return trainer


def of(trainer, run=RUN) -> Checkpoint:
    return trainer.checkpoint(run.tasks, run.seed)


def changed(trainer, code="code", **changes) -> TaskSetTrainer:
    """Another trainer that keeps its runs in the same folder."""
    return replace(trainer, **changes).keeping(trainer.checkpoints.folder, code)


def steps_of(trainer, taskset=TOY):
    seen: list[int] = []
    fitted = fit(
        taskset, TASKS, 0, checkpoint=of(trainer), on_step=lambda done, losses: seen.append(done)
    )
    return seen, fitted


def test_an_unfinished_run_goes_on_and_is_forgotten_when_it_is_settled(stopped, tmp_path):
    (file,) = (tmp_path / "unfinished").iterdir()
    outcome = stopped.outcome(RUN)
    assert outcome.scores == TaskSetTrainer(TOY).outcome(RUN).scores
    assert file.exists()
    stopped.settled(RUN)
    assert not list(tmp_path.iterdir())


def test_what_a_kill_left_is_forgotten_once_the_run_is_in_the_ledger(tmp_path):
    probe = PairwiseProbe(TOY.tasks[:2], TaskSetTrainer(TOY), [0], tmp_path / "probe.db")
    probe.run(progress=False)
    kept = of(TaskSetTrainer(TOY).keeping(tmp_path / "unfinished", "code"), Run(("sum",), 0))
    kept.write({})
    kept.path.with_suffix(".123.part").write_bytes(b"half")
    probe.run(progress=False)
    assert not (tmp_path / "unfinished").exists()


def test_what_runs_depend_on_is_read_once_for_all_of_them(tmp_path):
    read: list[int] = []

    class Labelled(Toy):
        def settings(self):
            read.append(1)
            return super().settings()

    taskset = copy.copy(Labelled()).with_recipe(steps=2)
    trainer = TaskSetTrainer(taskset).keeping(tmp_path, "")
    for seed in range(4):
        run = Run(("sum",), seed)
        trainer.outcome(run)
        trainer.settled(run)
    assert len(read) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"taskset": TOY.with_recipe(learning_rate=0.1)},
        {"threads": 2},
        {"taskset": Toy(width=12).with_recipe(steps=8)},
        {"code": "other code"},
    ],
    ids=["recipe", "threads", "network", "code"],
)
def test_a_run_of_other_settings_starts_anew(stopped, changes):
    other = changed(stopped, **changes)
    with pytest.warns(CheckpointNote, match="other settings, threads, data, code or another torch"):
        seen, _ = steps_of(other, other.taskset)
    assert seen[0] == 1


def test_a_run_of_another_torch_starts_anew(stopped, monkeypatch):
    monkeypatch.setattr(torch, "__version__", "9.9")
    with pytest.warns(CheckpointNote, match="another torch"):
        seen, _ = steps_of(stopped)
    assert seen[0] == 1


def test_other_methods_have_other_files(stopped):
    other = changed(stopped, method=Scheduled(CUT))
    assert of(other).path != of(stopped).path
    assert of(changed(stopped, method=MultiHead())).path != of(stopped, Run(TASKS, 1)).path


@pytest.mark.parametrize("damage", [0, 40, 200, 1000, -1])
def test_a_damaged_file_is_said_and_not_used(stopped, damage):
    path = of(stopped).path
    content = bytearray(path.read_bytes())
    content[damage] ^= 1
    path.write_bytes(content)
    with pytest.warns(CheckpointNote, match="is damaged"):
        seen, fitted = steps_of(stopped)
    assert seen[0] == 1
    assert fitted.scores == fit(TOY, TASKS, 0).scores


@pytest.mark.parametrize("length", [0, 10, 100, 2000])
def test_a_file_that_was_cut_off_is_said_and_not_used(stopped, length):
    path = of(stopped).path
    path.write_bytes(path.read_bytes()[:length])
    with pytest.warns(CheckpointNote, match="is damaged"):
        assert steps_of(stopped)[0][0] == 1


def test_a_full_disk_is_said_and_the_run_goes_on(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    kept = Checkpoints(tmp_path, minutes=1e-9).of(TASKS, 0)
    with pytest.warns(CheckpointNote, match="No space left") as notes:
        fitted = fit(TOY, TASKS, 0, checkpoint=kept)
    assert fitted.scores == fit(TOY, TASKS, 0).scores
    assert len(notes) == 1
    assert not list(tmp_path.iterdir())


@dataclass(frozen=True)
class Drawing(Toy):
    """Its batches are drawn from the global generator, which the training draws from as well."""

    def batches(self, task, seed):
        while True:
            inputs, target = self.data(task, 0)
            chosen = torch.randint(len(inputs), (4,))
            yield inputs[chosen], {key: value[chosen] for key, value in target.items()}

    def trunk(self):
        return torch.nn.Sequential(torch.nn.Dropout(0.5), super().trunk())


def test_data_that_do_not_come_again_are_noticed(tmp_path):
    drawing, pair = Drawing().with_recipe(steps=8), ("sum", "error")
    kept = Checkpoints(tmp_path).of(pair, 0)
    with pytest.raises(Stopped):
        fit(drawing, pair, 0, checkpoint=kept, on_step=stop_at(5))
    with pytest.warns(CheckpointNote, match="does not give again"):
        fitted = fit(drawing, pair, 0, checkpoint=kept)
    assert fitted.losses == fit(drawing, pair, 0).losses


class Counted:
    """Batches that know where they are."""

    def __init__(self, batches):
        self.batches, self.at, self.loaded = batches, 0, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.at += 1
        self.loaded += 1
        return self.batches[self.at - 1]


class Skipping(Counted):
    def skip(self, count):
        self.at += count


class Stateful(Counted):
    def state_dict(self):
        return {"at": self.at}

    def load_state_dict(self, state):
        self.at = state["at"]


@pytest.mark.parametrize(("kind", "loaded"), [(Counted, 8), (Skipping, 4), (Stateful, 3)])
def test_what_was_seen_is_not_loaded_again_where_that_can_be_spared(tmp_path, kind, loaded):
    made: list[Counted] = []

    class Own(Toy):
        def batches(self, task, seed):
            source = super().batches(task, seed)
            made.append(kind([next(source) for _ in range(8)]))
            return made[-1]

    taskset = copy.copy(Own()).with_recipe(steps=8)
    whole = fit(taskset, ("sum",), 0)
    kept = Checkpoints(tmp_path).of(("sum",), 0)
    with pytest.raises(Stopped):
        fit(taskset, ("sum",), 0, checkpoint=kept, on_step=stop_at(5))
    assert fit(taskset, ("sum",), 0, checkpoint=kept).losses == whole.losses
    assert made[-1].loaded == loaded


def test_a_method_that_cannot_go_on_says_so_once(tmp_path):
    method = MetaGf()
    assert not method.can_go_on
    kept = Checkpoints(tmp_path, minutes=1e-9).of(TASKS, 0)
    with pytest.warns(CheckpointNote, match="starts anew") as notes:
        fit(TOY, TASKS, 0, method=method, checkpoint=kept)
    assert len(notes) == 1
    assert not list(tmp_path.iterdir())


def test_a_subclass_does_not_inherit_that_it_can_go_on():
    class Own(MultiHead):
        pass

    assert MultiHead().can_go_on
    assert not Own().can_go_on


class Averaging(torch.nn.Module):
    """Takes the mean of what it has seen off, which it does not save."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros((), dtype=torch.float64), persistent=False)

    def forward(self, inputs):
        if self.training:
            self.mean.lerp_(inputs.detach().mean(), 0.5)
        return inputs - self.mean


def test_buffers_that_a_network_does_not_save_go_on_as_well(tmp_path):
    class Own(Toy):
        def trunk(self):
            return torch.nn.Sequential(Averaging(), super().trunk())

    taskset = Own().with_recipe(steps=8)
    kept = Checkpoints(tmp_path).of(TASKS, 0)
    with pytest.raises(Stopped):
        fit(taskset, TASKS, 0, checkpoint=kept, on_step=stop_at(5))
    assert fit(taskset, TASKS, 0, checkpoint=kept).losses == fit(taskset, TASKS, 0).losses


def test_a_state_that_is_not_plain_is_said_and_not_used(tmp_path):
    kept = Checkpoints(tmp_path).of(TASKS, 0)
    kept.write({"data": {"sum": Run(TASKS, 0)}})
    with pytest.warns(CheckpointNote, match="cannot be loaded here"):
        assert kept.read() is None


def test_a_file_in_the_place_of_the_folder_costs_no_run(tmp_path):
    in_the_way = tmp_path / "unfinished"
    in_the_way.write_text("mine")
    kept = Checkpoints(in_the_way, minutes=1e-9).of(TASKS, 0)
    with pytest.warns(CheckpointNote, match="cannot be kept"):
        fit(TOY, TASKS, 0, checkpoint=kept)
    kept.remove()
    assert in_the_way.read_text() == "mine"
