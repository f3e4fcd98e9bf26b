"""A network of a file is the one that was written, or it is not scored."""

import pytest
import torch
from torch import nn

from gradsplit import build_network, fit
from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.training.kept_networks import TrainedBy
from gradsplit.training.methods import from_settings
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.network_file import read_network
from gradsplit.training.rebuilt import rebuilt
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy

TASKS = ("sum", "class.sign")


class Classes(Toy):
    """The toy tasks with other classes."""

    names = ("minus", "plus")

    def head(self, task):
        size = len(self.names) if task == "class.sign" else 1
        return nn.Linear(self.width, size).double()

    def outputs(self, task):
        return self.names if task == "class.sign" else None


class More(Classes):
    names = ("minus", "zero", "plus")


def written(path, taskset, method=None):
    fitted = fit(taskset, TASKS, 0, method=method)
    settings = TaskSetTrainer(taskset, method=method).settings()
    TrainedBy(taskset, method, settings).write(path, fitted, Run(TASKS, 0))
    return fitted.network


def same_outputs(one, other, task):
    inputs = torch.ones(2, 5, dtype=torch.float64)
    return torch.equal(one(inputs, task), other(inputs, task))


def test_it_is_the_one_that_was_written(tmp_path):
    path = tmp_path / "w.safetensors"
    network = written(path, Toy())
    made = rebuilt(*read_network(path), Toy())
    assert made.network.tasks == TASKS and made.left_out == {}
    assert all(same_outputs(network, made.network, task) for task in TASKS)


def test_a_head_has_the_outputs_of_the_file(tmp_path):
    path = tmp_path / "w.safetensors"
    network = written(path, Classes())
    made = rebuilt(*read_network(path), More())
    assert made.outputs["class.sign"] == ("minus", "plus") and made.left_out == {}
    assert same_outputs(network, made.network, "class.sign")


def test_a_head_without_names_must_fit(tmp_path):
    path = tmp_path / "w.safetensors"
    written(path, Toy())
    made = rebuilt(*read_network(path), More())
    assert "`heads.class%2Esign.weight` is (2, 8)" in made.left_out["class.sign"]


def test_a_method_of_another_form_is_built_from_its_settings(tmp_path):
    path = tmp_path / "w.safetensors"
    network = written(path, Toy(), LastStage())
    made = rebuilt(*read_network(path), Toy())
    assert all(same_outputs(network, made.network, task) for task in TASKS)


def test_a_method_of_somebody_s_own_form_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "w.safetensors"
    written(path, Toy(), LastStage())
    monkeypatch.setattr(from_settings, "_kinds", lambda kind: ())  # as it is where none knows it
    with pytest.raises(GradSplitError, match="score the network where it is trained"):
        rebuilt(*read_network(path), Toy())


def test_everything_that_is_other_in_the_trunk_is_said_at_once(tmp_path):
    path = tmp_path / "w.safetensors"
    written(path, Toy())
    weights, facts = read_network(path)
    weights["trunk.more"] = torch.ones(1)
    del weights["trunk.0.bias"]
    with pytest.raises(TaskSetError) as caught:
        rebuilt(weights, facts, Toy(width=4))
    said = str(caught.value)
    for part in (
        "`trunk.more` of the file",
        "`trunk.0.bias` is missing",
        "`trunk.last.weight` is (8, 8)",
    ):
        assert part in said


def test_a_file_of_elsewhere_has_no_names(tmp_path):
    path = tmp_path / "w.safetensors"
    network = written(path, Classes())
    weights, _ = read_network(path)
    made = rebuilt(weights, None, Classes())
    assert made.outputs == dict.fromkeys(TASKS)
    assert same_outputs(network, made.network, "sum")


def test_no_parameter_is_left_as_it_was_drawn(tmp_path):
    path = tmp_path / "w.safetensors"
    written(path, Classes())
    made = rebuilt(*read_network(path), More())
    fresh = build_network(More(), TASKS, 0).state_dict()
    for name, value in made.network.state_dict().items():
        assert value.shape != fresh[name].shape or not torch.equal(value, fresh[name])
