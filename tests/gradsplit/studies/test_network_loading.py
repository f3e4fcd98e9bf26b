import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from gradsplit import load_network, load_taskset, network_facts, score, train
from gradsplit.errors import GradSplitError, NetworkNote
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.own_parts.sparse_deltas.sparse_deltas import SparseDeltas
from gradsplit.training.network_file import FORMAT
from tests.gradsplit.toy_tasks import Toy, toy

PLANTED = {"steps": 3}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    return folder, train(load_taskset("planted", PLANTED), out=folder, progress=False)


def test_a_built_in_task_set_is_made_again(planted):
    folder, trained = planted
    network = load_network(folder / "weights.safetensors")
    assert not network.training
    assert score(network, load_taskset("planted", PLANTED).for_seed(0)) == trained.scores
    assert network_facts(folder).tasks == trained.network.tasks


@pytest.mark.parametrize(
    "method", [MultiHead(), LastStage(("last",)), SparseDeltas(base="error")], ids=lambda m: m.name
)
def test_networks_of_a_method_are_what_they_were(tmp_path, method):
    trained = train(toy(), out=tmp_path, method=method, progress=False)
    network = load_network(tmp_path, toy())
    inputs = torch.randn(4, 5, dtype=torch.float64)
    for task in trained.network.tasks:
        assert torch.equal(network(inputs, task), trained.network(inputs, task))


def test_a_task_set_of_ones_own_must_be_given(tmp_path):
    train(toy(), out=tmp_path, progress=False)
    with pytest.raises(GradSplitError, match=r"task set 'toy'.*Give it as `taskset=`"):
        load_network(tmp_path)
    assert load_network(tmp_path, toy()).tasks == toy().task_names


def test_what_was_trained_otherwise_is_said_and_loaded_where_it_fits(planted):
    folder, trained = planted
    with pytest.warns(NetworkNote, match="task set recipe steps 3 then, 5 now"):
        network = load_network(folder, load_taskset("planted", {"steps": 5}))
    assert network.tasks == trained.network.tasks


def test_what_does_not_fit_is_refused(tmp_path):
    train(toy(), out=tmp_path, progress=False)
    with pytest.raises(GradSplitError, match="do not fit"):
        load_network(tmp_path, Toy(width=9))
    with pytest.raises(GradSplitError, match="do not fit"):
        load_network(tmp_path, toy(), method="last-stage")


def test_a_file_of_a_method_of_ones_own_asks_for_it(tmp_path, planted):
    folder, _ = planted
    file = folder / "weights.safetensors"
    with safe_open(file, framework="pt") as opened:
        facts = json.loads(opened.metadata()[FORMAT])
    facts["settings"]["method"] = {"method": "of-mine"}
    save_file(load_file(file), tmp_path / "x.safetensors", {FORMAT: json.dumps(facts)})
    with pytest.raises(GradSplitError, match=r"x.safetensors.*Give it as `method=`"):
        load_network(tmp_path / "x.safetensors")
    with pytest.warns(NetworkNote, match="method"):
        load_network(tmp_path / "x.safetensors", method="multi-head")


def test_weights_of_an_earlier_release_say_what_to_do(tmp_path):
    save_file({"trunk.weight": torch.zeros(2)}, tmp_path / "weights.safetensors")
    with pytest.raises(GradSplitError, match="load_model"):
        load_network(tmp_path)


def test_a_folder_of_several_networks_names_them(tmp_path):
    for at in (1, 2):
        train(toy(), out=tmp_path / f"network-{at}", tasks=("sum",), progress=False)
    for asks in (load_network, network_facts):
        with pytest.raises(
            GradSplitError, match=r"holds 2 networks .* give one of them, .*network-1 or"
        ):
            asks(tmp_path)
