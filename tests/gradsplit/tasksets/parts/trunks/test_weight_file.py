"""Weights of a library's network from files of every usual form, and what is refused."""

import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gradsplit import train
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.parts.trunks.weight_file import load_weights
from tests.gradsplit.toy_tasks import Toy


class Net(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels, 3)
        self.bn1 = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, 10)


def trained():
    net = Net()
    with torch.no_grad():
        for value in net.state_dict().values():
            value.copy_(torch.full_like(value, 3))
    return net


def same_but_the_head(net):
    own = net.state_dict()
    return {name for name, value in own.items() if (value == 3).all()} == {
        name for name in own if not name.startswith("fc.")
    }


@pytest.mark.parametrize("prefix", ["", "module.", "module.backbone."])
@pytest.mark.parametrize("inside", [(), ("state_dict",), ("model", "state_dict")])
def test_every_usual_form(tmp_path, prefix, inside):
    found = {f"{prefix}{name}": value for name, value in trained().state_dict().items()}
    for key in reversed(inside):
        found = {key: found, "epoch": 3}
    torch.save(found, tmp_path / "weights.pth")
    net = Net()
    load_weights(net, tmp_path / "weights.pth")
    assert same_but_the_head(net)


def test_safetensors_without_a_head_and_without_counts(tmp_path):
    kept = {
        name: value
        for name, value in trained().state_dict().items()
        if not name.startswith("fc.") and not name.endswith("tracked")
    }
    save_file(kept, tmp_path / "weights.safetensors")
    net = Net()
    load_weights(net, tmp_path / "weights.safetensors")
    assert torch.equal(net.bn1.running_mean, torch.full((4,), 3.0))


def test_all_that_differs_is_said_at_once(tmp_path):
    found = Net(8).state_dict()
    del found["bn1.weight"]
    found["layer9.weight"] = torch.zeros(1)
    torch.save(found, tmp_path / "weights.pth")
    net = Net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(GradSplitError) as wrong:
        load_weights(net, tmp_path / "weights.pth")
    text = str(wrong.value)
    assert "`conv1.weight` is (8, 3, 3, 3) in the file and (4, 3, 3, 3) here" in text
    assert "`bn1.weight` of the network: not in the file" in text
    assert "`layer9.weight` of the file: not in the network" in text
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_a_network_that_was_trained_here_is_told_from_a_librarys(tmp_path):
    train(Toy().with_recipe(steps=1), tasks=["sum"], out=tmp_path, progress=False)
    with pytest.raises(GradSplitError, match="`gradsplit score` and `load_network` take it"):
        load_weights(Net(), tmp_path / "weights.safetensors")


class Runs:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no weights", "cannot be read as weights"),
        (b"", "cannot be read as weights"),
        (pickle.dumps({"a": Runs()}, protocol=2), "cannot be read as weights"),
    ],
)
def test_other_files_are_refused(tmp_path, content, said, capsys):
    for name in ("weights.pth", "weights.safetensors"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(GradSplitError, match=said):
            load_weights(Net(), tmp_path / name)
    assert not capsys.readouterr().out


def test_what_is_no_state_dict_is_refused_and_nothing_is_run(tmp_path, capsys):
    torch.save([1, 2], tmp_path / "list.pth")
    torch.save({"a": Runs()}, tmp_path / "runs.pth")
    torch.save({"epoch": 3}, tmp_path / "number.pth")
    for name, said in (("list", "no state dict"), ("runs", "is not run"), ("number", "no state")):
        with pytest.raises(GradSplitError, match=said):
            load_weights(Net(), tmp_path / f"{name}.pth")
    assert not capsys.readouterr().out
    with pytest.raises(GradSplitError, match="There are no weights at"):
        load_weights(Net(), tmp_path / "none.pth")


def test_a_file_of_another_kind_is_told_in_words(tmp_path):
    (tmp_path / "notes.pth").write_bytes(b"hello")
    with pytest.raises(GradSplitError, match=r"as weights \(it is another kind of file\)"):
        load_weights(Net(), tmp_path / "notes.pth")
