from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training import network_file as module
from gradsplit.training.network_file import FORMAT, NetworkFacts, read_weights, write_network

FACTS = NetworkFacts(("sum",), 3, "other", {"sum": 0.5}, {"steps": 2}, {"sum@side": None})


class Counting(nn.Module):
    """Has a buffer that its state leaves out, which training changes, and one that it does not."""

    def __init__(self, seen=0.0):
        super().__init__()
        self.layer = nn.Linear(2, 2)
        self.register_buffer("seen", torch.tensor(seen), persistent=False)
        self.register_buffer("fixed", torch.ones(2), persistent=False)


def written(folder, network, facts=FACTS):
    path = folder / "kept" / "network.safetensors"
    write_network(path, network, facts, type(network) if type(network) is Counting else nn.Module)
    return path


def test_what_is_written_is_read_again(tmp_path):
    network = nn.Linear(3, 2)
    path = written(tmp_path, network)
    facts, fresh = NetworkFacts.read(path), nn.Linear(3, 2)
    read_weights(path, fresh, facts)
    assert facts == FACTS
    assert torch.equal(fresh.weight, network.weight)
    assert [file.name for file in path.parent.iterdir()] == ["network.safetensors"]


def test_weights_that_two_layers_share_are_shared_again(tmp_path):
    def tied():
        made = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
        made[1].weight = made[0].weight
        return made

    network, fresh = tied(), tied()
    path = written(tmp_path, network)
    read_weights(path, fresh, NetworkFacts.read(path))
    assert torch.equal(fresh[1].weight, network[0].weight)
    assert fresh[1].weight is fresh[0].weight


def test_buffers_that_a_state_leaves_out_are_kept_where_training_changed_them(tmp_path):
    network, fresh = Counting(7.0), Counting()
    path = written(tmp_path, network)
    facts = NetworkFacts.read(path)
    read_weights(path, fresh, facts)
    assert facts.buffers == ("seen",)
    assert fresh.seen == 7
    for one in (network, fresh):
        assert list(one.state_dict()) == ["layer.weight", "layer.bias"]


def test_an_unchanged_one_stays_out_so_that_anyone_can_load_the_weights(tmp_path):
    path = written(tmp_path, Counting())
    assert NetworkFacts.read(path).buffers == ()


def test_networks_of_one_way_have_one_fingerprint():
    assert FACTS.fingerprint == replace(FACTS, seed=9).fingerprint
    assert FACTS.fingerprint != replace(FACTS, settings={"steps": 3}).fingerprint


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), "safetensors"])
def test_a_disk_that_is_full_leaves_the_former_file(tmp_path, monkeypatch, fault):
    from safetensors import SafetensorError

    network = nn.Linear(2, 2)
    path = written(tmp_path, network)
    before = path.read_bytes()

    def full(descriptor):
        raise SafetensorError("no space") if fault == "safetensors" else fault

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(OSError, match=r"[Nn]o space"):
        written(tmp_path, nn.Linear(2, 2))
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1


def test_what_a_kill_left_is_taken_away(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "network.safetensors.12345.part").write_bytes(b"half")
    path = written(tmp_path, nn.Linear(2, 2))
    assert list(path.parent.iterdir()) == [path]


def test_a_state_of_more_than_tensors_is_refused(tmp_path):
    class Odd(nn.Linear):
        def get_extra_state(self):
            return {"odd": object()}

    with pytest.raises(GradSplitError, match="more than tensors"):
        written(tmp_path, Odd(2, 2))
    assert not list((tmp_path / "kept").iterdir())


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        (None, "says nothing of its network"),
        ({FORMAT: '{"version": 9}'}, "version 9"),
        ({FORMAT: '{"version": 1}'}, "damaged"),
        ({FORMAT: "{}"}, "damaged"),
        ({FORMAT: "[1]"}, "damaged"),
        ({FORMAT: "[" * 9999}, "damaged"),
    ],
)
def test_a_file_that_does_not_say_its_network_is_refused(tmp_path, metadata, why):
    save_file({"weight": torch.zeros(2)}, tmp_path / "w.safetensors", metadata=metadata)
    with pytest.raises(GradSplitError, match=why):
        NetworkFacts.read(tmp_path / "w.safetensors")


def test_what_is_no_file_of_weights_is_refused(tmp_path):
    (tmp_path / "w.safetensors").write_text("no weights")
    with pytest.raises(GradSplitError, match="cannot be read as weights"):
        NetworkFacts.read(tmp_path / "w.safetensors")
    with pytest.raises(GradSplitError, match="There are no weights at"):
        NetworkFacts.read(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (nn.Linear(3, 2, bias=False), "it has `bias` besides"),
        (nn.Sequential(nn.Linear(3, 2)), "it lacks `0.bias`, `0.weight` and it has"),
        (nn.Linear(4, 2), "size mismatch"),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path, other, why):
    path = written(tmp_path, nn.Linear(3, 2))
    with pytest.raises(GradSplitError, match=f"do not fit.*(?s:.*){why}"):
        read_weights(path, other, NetworkFacts.read(path))


def test_buffers_that_the_file_does_not_have_are_damage(tmp_path):
    path = written(tmp_path, nn.Linear(3, 2))
    with pytest.raises(GradSplitError, match="damaged"):
        read_weights(path, nn.Linear(3, 2), replace(FACTS, buffers=("lost",)))
