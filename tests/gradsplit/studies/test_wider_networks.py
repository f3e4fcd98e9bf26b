"""What was recommended wider is loaded and scored with the task set as it was recommended for."""

import json
import warnings
from dataclasses import dataclass, replace

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gradsplit import load_network, network_facts, score, train, train_grouping
from gradsplit.errors import GradSplitError
from gradsplit.studies.grouping.small_networks import at_cost
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.files.recommended_file import RecommendedTraining
from gradsplit.training.network_file import FORMAT
from gradsplit.training.widened import HINT, widened
from tests.gradsplit.toy_tasks import Toy


@dataclass(frozen=True)
class Wide(Toy):
    """A task set whose way to a width forgets its recipe, as copies easily do."""

    def with_width(self, factor):
        return Wide(width=round(self.width * factor))


WIDER = RecommendedTraining("multi-head, 1.5 x width", width=1.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide")
    train(Wide(), recommended=WIDER, out=folder, progress=False)
    return folder


def without_width(folder, to):
    """The file as a release before wrote it."""
    file = folder / "weights.safetensors"
    with safe_open(file, framework="pt") as opened:
        said = json.loads(opened.metadata()[FORMAT])
    del said["width"]
    save_file(load_file(file), to / "weights.safetensors", {FORMAT: json.dumps(said)})
    return to


def test_it_is_loaded_with_the_task_set_as_it_was(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is said to be different
        network = load_network(folder, Wide())
    assert network.trunk.last.out_features == 12
    assert network_facts(folder).width == 1.5
    assert load_network(folder, Wide(width=12)).trunk.last.out_features == 12


def test_it_is_scored_with_the_task_set_as_it_was(folder):
    scored = score(folder, Wide())
    assert scored == json.loads((folder / "scores.json").read_text())
    assert scored.notes == ()


def test_files_that_do_not_know_their_width_say_how_they_are_loaded(folder, tmp_path):
    old = without_width(folder, tmp_path)
    assert network_facts(old).width == 1
    for wrong in (lambda: load_network(old, Wide()), lambda: score(old, Wide())):
        with pytest.raises(GradSplitError, match=r"with_width\(FACTOR\)"):
            wrong()
    network = load_network(old, Wide().with_width(1.5))
    with pytest.raises(GradSplitError, match=r"with_width\(FACTOR\)"):
        score(network, Wide())
    assert score(network, Wide().with_width(1.5)).keys() == set(Wide().task_names)


def test_a_task_set_without_widths_is_not_told_of_them(tmp_path):
    train(Toy(width=12), out=tmp_path, progress=False)
    for wrong in (lambda: load_network(tmp_path, Toy()), lambda: score(tmp_path, Toy())):
        with pytest.raises(GradSplitError) as said:
            wrong()
        assert HINT not in str(said.value)


def test_runs_of_a_recommendation_say_their_width_in_their_variant(folder):
    facts = replace(network_facts(folder), width=1.0, variant="db-mtl #bd8f1607 width 1.5")
    found = widened(Wide(), facts)
    assert found is not None and found.width == 12
    assert widened(Wide(), replace(facts, variant="multi-head #1d2c1ac3 times 2")) is None
    assert widened(Toy(), facts) is None


def test_small_networks_of_a_grouping_know_theirs(tmp_path):
    groups = {"groups": [["sum", "error"], ["class.sign"]], "costs": [1.0, 0.25]}
    (tmp_path / "g.json").write_text(json.dumps(groups))
    train_grouping(Wide(), tmp_path / "g.json", out=tmp_path / "out", progress=False)
    assert network_facts(tmp_path / "out" / "network-2").width == 0.5
    assert load_network(tmp_path / "out" / "network-2", Wide()).trunk.last.out_features == 4


def test_another_width_keeps_the_recipe():
    told = Wide().with_recipe(steps=50)
    assert Configuration("wide", "", width=2.0).taskset(told).recipe.steps == 50
    assert at_cost(told, 0.25).recipe.steps == 50
