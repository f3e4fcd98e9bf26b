"""A device that there is not is refused in one line, before anything is done."""

import pytest
import torch

from gradsplit import TaskSetTrainer, compare, fit, fit_ensemble, probe, train
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.training.device import check_device
from relations.runs import Outcome
from tests.gradsplit.toy_tasks import Toy

REFUSED = "`device` must be cpu, cuda, cuda:0, mps"


@pytest.mark.parametrize("device", ["gpu", "", None, 1.5])
def test_what_is_no_device(device):
    with pytest.raises(GradSplitError, match=REFUSED):
        check_device(device)


def test_a_device_that_is_not_here(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_device("cuda:0")  # other machines may have one
    with pytest.raises(GradSplitError, match="does not find here"):
        check_device("cuda:0", here=True)


def test_every_function_refuses_it_first(tmp_path):
    out = tmp_path / "out"
    calls = [
        lambda: TaskSetTrainer(Toy(), device="gpu"),
        lambda: fit(Toy(), ["sum"], 0, device="gpu"),
        lambda: fit_ensemble(Toy(), [(("sum",), 0)], device="gpu"),
        lambda: probe(Toy(), out=out, device="gpu"),
        lambda: compare(Toy(), ["multi-head"], out, device="gpu"),
        lambda: train(Toy(), out=out, device="gpu"),
    ]
    for call in calls:
        with pytest.raises(GradSplitError, match=REFUSED):
            call()
    assert not out.exists()


@pytest.mark.parametrize("command", ["probe", "plan", "diagnose", "compare", "train"])
def test_every_command_refuses_one_that_is_not_here(command, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    words = [command, "planted", "--steps", "2", "--out", str(tmp_path)]
    assert main([*words, "--device", "cuda"]) == 2
    said = capsys.readouterr()
    assert "does not find here: try cpu" in said.err and "runs failed" not in said.out
    if (tmp_path / "probe.db").exists():
        assert probe("planted", out=tmp_path, steps=2).plan().failed == ()


def test_runs_on_other_machines_may_have_one(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    class Elsewhere:
        def outcomes(self, train, runs):
            return [Outcome(run, dict.fromkeys(run.tasks, 0.5)) for run in runs]

    there = probe(Toy(), out=tmp_path, seeds=2, device="cuda")
    with pytest.raises(GradSplitError, match="does not find here"):
        there.run(progress=False)
    there.run(Elsewhere(), progress=False)
    there.run(progress=False)  # nothing is left to train here


@pytest.mark.parametrize("command", ["probe", "compare", "train"])
def test_every_command_refuses_it(command, tmp_path, capsys):
    assert main([command, "planted", "--device", "gpu", "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert REFUSED.replace("`device`", "`--device`") in error and error.count("\n") == 1
