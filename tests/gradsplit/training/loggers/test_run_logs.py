"""What is told of runs while they train: to files, to libraries, by one's own logger."""

import json
import sys
import types

import numpy as np
import pytest

from gradsplit import train
from gradsplit.errors import GradSplitError, LogNote
from gradsplit.training.loggers import logger as module
from gradsplit.training.loggers.logger import LOG, RunLogger, asked_loggers, register_logger
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.trainer import TaskSetTrainer
from relations.probe import PairwiseProbe
from tests.gradsplit.toy_tasks import Toy

TOY = Toy().with_recipe(steps=7)


def probed(folder, taskset=TOY):
    probe = PairwiseProbe(taskset.tasks[:2], TaskSetTrainer(taskset), [0], folder / "probe.db")
    return probe.run(progress=False)


def test_json_lines_of_every_run(monkeypatch, tmp_path):
    plain = probed(tmp_path / "plain")
    monkeypatch.setenv(LOG, "jsonl")
    told = probed(tmp_path / "told")
    assert (told.mean == plain.mean).tolist() == (plain.mean == plain.mean).tolist()
    files = sorted((tmp_path / "told" / "logs").iterdir())
    assert [file.name for file in files] == [
        "error.seed0.jsonl", "sum+error.seed0.jsonl", "sum.seed0.jsonl",
    ]  # fmt: skip
    lines = [json.loads(line) for line in files[1].read_text().splitlines()]
    fitted = TaskSetTrainer(TOY).fitted(("sum", "error"), 0)
    assert [line["step"] for line in lines[:-1]] == list(range(1, 8))
    assert [line["losses"]["sum"] for line in lines[:-1]] == fitted.losses["sum"]
    assert lines[2]["rate"] == learning_rate(TOY.recipe, 2)
    assert lines[-1]["scores"] == fitted.scores
    assert not (tmp_path / "plain" / "logs").exists()


def test_long_runs_are_told_two_hundred_times(monkeypatch, tmp_path):
    monkeypatch.setenv(LOG, "jsonl")
    train(TOY.with_recipe(steps=450), tasks=["sum"], out=tmp_path, progress=False)
    (file,) = (tmp_path / "logs").iterdir()
    steps = [json.loads(line).get("step") for line in file.read_text().splitlines()]
    assert steps == [*range(2, 451, 2), None]


def test_tensorboard_reads_what_was_told(monkeypatch, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setenv(LOG, "tensorboard")
    trained = train(TOY, tasks=["sum", "error"], out=tmp_path, progress=False)
    (folder,) = (tmp_path / "logs").iterdir()
    seen = EventAccumulator(str(folder)).Reload()
    assert seen.Tags()["scalars"] == ["loss/sum", "loss/error", "rate", "score/sum", "score/error"]
    losses = seen.Scalars("loss/sum")
    assert [event.step for event in losses] == list(range(1, 8))
    assert [event.value for event in losses] == pytest.approx(trained.losses["sum"])
    assert seen.Scalars("score/sum")[0].value == pytest.approx(trained.scores["sum"])


def test_weights_and_biases_is_told_by_its_own_words(monkeypatch, tmp_path):
    calls: list[tuple[object, ...]] = []
    run = types.SimpleNamespace(
        log=lambda values, step: calls.append(("log", values, step)),
        summary=types.SimpleNamespace(update=lambda scores: calls.append(("summary", scores))),
        finish=lambda: calls.append(("finish",)),
    )
    library = types.ModuleType("wandb")
    library.init = lambda **options: calls.append(("init", options)) or run
    monkeypatch.setitem(sys.modules, "wandb", library)
    monkeypatch.setenv(LOG, "wandb")
    trained = train(TOY, tasks=["sum"], out=tmp_path / "mine", progress=False)
    assert calls[0][1]["name"] == "sum seed 0"
    assert calls[0][1]["group"] == "mine"
    assert calls[1] == (
        "log", {"loss/sum": trained.losses["sum"][0], "rate": learning_rate(TOY.recipe, 0)}, 1,
    )  # fmt: skip
    assert calls[-2:] == [("summary", {"score/sum": trained.scores["sum"]}), ("finish",)]


@pytest.mark.parametrize("name", ["tensorboard", "wandb"])
def test_what_is_not_installed_says_how_to(monkeypatch, tmp_path, name):
    monkeypatch.setitem(sys.modules, "wandb", None)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    monkeypatch.setenv(LOG, name)
    with pytest.raises(GradSplitError, match=r'pip install "\.\[loggers\]"'):
        train(TOY, tasks=["sum"], out=tmp_path, progress=False)


def test_ones_own_logger_and_one_beside_it(monkeypatch, tmp_path):
    told: list[str] = []

    @register_logger("mine")
    class Mine(RunLogger):
        def __init__(self, folder, run):
            self.run = run

        def losses(self, step, losses, rate):
            told.append(f"{self.run} {step}")

        def scores(self, scores):
            told.append(f"{self.run} {sorted(scores)}")

        def close(self):
            told.append("closed")

    monkeypatch.setenv(LOG, "jsonl, mine")
    train(TOY, tasks=["sum"], out=tmp_path, progress=False)
    monkeypatch.delitem(module._LOGGERS, "mine")
    assert told[:2] == ["sum seed 0 1", "sum seed 0 2"]
    assert told[-2:] == ["sum seed 0 ['sum']", "closed"]
    assert (tmp_path / "logs" / "sum.seed0.jsonl").exists()


@pytest.mark.parametrize("fails", ["made", "losses", "scores", "close"])
def test_one_that_fails_costs_no_run(monkeypatch, tmp_path, fails):
    calls: list[str] = []

    def called(name):
        calls.append(name)
        if name == fails:
            raise OSError("No space left on device")

    class Full(RunLogger):
        def __init__(self, folder, run):
            called("made")

        def losses(self, step, losses, rate):
            called("losses")

        def scores(self, scores):
            called("scores")

        def close(self):
            called("close")

    monkeypatch.setitem(module._LOGGERS, "full", Full)
    monkeypatch.setenv(LOG, "full,jsonl")
    with pytest.warns(LogNote, match="logger `full` failed .OSError: No space left") as notes:
        told = probed(tmp_path / "told")
    assert len(notes) == 3  # one a run
    monkeypatch.setenv(LOG, "")
    plain = probed(tmp_path / "plain")
    assert np.array_equal(told.mean, plain.mean, equal_nan=True)
    assert calls.count(fails) <= 6  # a last call of close besides
    lines = (tmp_path / "told" / "logs" / "sum.seed0.jsonl").read_text().splitlines()
    assert len(lines) == 8  # the other one is told everything


def test_an_unknown_one_is_refused_before_anything_is_trained(monkeypatch, tmp_path):
    monkeypatch.setenv(LOG, "jsonl,tensorbord")
    with pytest.raises(GradSplitError, match="Did you mean `tensorboard`"):
        asked_loggers()
    with pytest.raises(GradSplitError, match="tensorbord"):
        probed(tmp_path)
