"""Files of weights by the words of a command and in a configuration, beside the losses' weights."""

import json

import pytest

from gradsplit.errors import TaskSetError
from gradsplit.studies.recommendation.files.taskset_tables import taskset_tables
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.registry import load_taskset

SMALL = {"height": 64, "width": 32, "workers": 0, "backbone": "transformers:resnet18"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with drawn people, an empty file of weights and a configuration that names both."""
    root = tmp_path_factory.mktemp("weights")
    export_people(root / "mpii", "mpii", pictures=48, people=12, height=64, seed=0)
    (root / "trunk.pth").touch()
    (root / "other.pth").touch()
    options = {**SMALL, "mpii": "mpii", "weights": "trunk.pth"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    recipe = ["[recipe.weights]", "pose = 0.5"]
    told = "\n".join(['taskset = "human"', "[options]", *lines, *recipe])
    (root / "people.toml").write_text(told)
    return root


def options(place):
    return {**SMALL, "mpii": str(place / "mpii")}


def test_a_file_of_weights_is_given_as_a_command_gives_it(place):
    given = {**options(place), "weights": str(place / "trunk.pth")}
    taskset = load_taskset("human", given)
    assert taskset.weights == place / "trunk.pth"
    assert taskset.recipe.weights == {}
    of_losses = load_taskset("human", {**options(place), "weights": {"pose": 0.25}})
    assert of_losses.weights is None
    assert of_losses.recipe.weights == {"pose": 0.25}


def test_a_configuration_has_both_kinds_of_weights(place):
    file = str(place / "people.toml")
    taskset = load_taskset(file)
    assert (taskset.weights, taskset.recipe.weights) == (place / "trunk.pth", {"pose": 0.5})
    taskset = load_taskset(file, {"weights": str(place / "other.pth")})
    assert (taskset.weights, taskset.recipe.weights) == (place / "other.pth", {"pose": 0.5})
    taskset = load_taskset(file, {"weights": {"pose": 2.0}})
    assert (taskset.weights, taskset.recipe.weights) == (place / "trunk.pth", {"pose": 2.0})


def test_a_recommendation_writes_both(place):
    tables = taskset_tables(str(place / "people.toml"), {"steps": 9})
    assert tables["options"]["weights"] == place / "trunk.pth"
    assert tables["recipe"] == {"weights": {"pose": 0.5}, "steps": 9}


def test_a_file_that_is_not_there_is_said(place):
    with pytest.raises(TaskSetError, match=r"there are no `weights` at .*nowhere\.pth"):
        load_taskset("human", {**options(place), "weights": "nowhere.pth"})


def test_without_such_an_option_weights_are_those_of_the_losses():
    with pytest.raises(TaskSetError, match=r"weights must be numbers by task, got 'trunk\.pth'"):
        load_taskset("planted", {"weights": "trunk.pth"})
