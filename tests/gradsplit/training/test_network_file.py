"""What a file of weights says of itself is read back, or refused in words."""

import json

import pytest
import torch
from safetensors.torch import save_file

from gradsplit import fit
from gradsplit.errors import GradSplitError
from gradsplit.training.methods.balancing.db_mtl import DbMtl
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.network_file import TrainedAs, read_network, save_network
from tests.gradsplit.toy_tasks import Toy


def test_it_is_read_as_it_was_written(tmp_path):
    network = fit(Toy(), ("sum", "error"), 3).network
    trained_as = TrainedAs.of(network, Toy(), 3)
    save_network(network, tmp_path / "weights.safetensors", trained_as)
    weights, read = read_network(tmp_path)
    assert read == trained_as and read.form == "" and read.seed == 3
    assert weights.keys() == network.state_dict().keys()


def test_only_another_form_needs_the_words_of_its_method():
    plain = fit(Toy(), ("sum",), 0).network
    assert TrainedAs.of(plain, Toy(), 0, DbMtl(), "db-mtl").form == ""
    own = fit(Toy(), ("sum", "error"), 0, method=LastStage()).network
    assert TrainedAs.of(own, Toy(), 0, LastStage(), "last-stage").form == "last-stage"
    assert TrainedAs.of(own, Toy(), 0, LastStage()).form is None


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        (json.dumps({"format": "else", "version": 1}), "another format"),
        (json.dumps({"format": "gradsplit-network", "version": 2}), "this release reads 1"),
        (
            json.dumps({"format": "gradsplit-network", "version": 1, "taskset": "a", "seed": 0,
                        "form": "", "settings": {}, "tasks": ["x"], "outputs": {"y": None}}),
            "of another kind",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(tmp_path, about, said):
    path = tmp_path / "w.safetensors"
    save_file({"trunk.weight": torch.ones(1)}, path, {"gradsplit": about})
    with pytest.raises(GradSplitError, match=said):
        read_network(path)


def test_a_file_without_a_word_is_of_an_earlier_release(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({"trunk.weight": torch.ones(1)}, path)
    assert read_network(path)[1] is None


def test_what_holds_no_weights_is_said(tmp_path):
    with pytest.raises(GradSplitError, match="There are no weights at"):
        read_network(tmp_path)
    (tmp_path / "w.safetensors").write_bytes(b"no weights")
    with pytest.raises(GradSplitError, match="cannot be read as weights"):
        read_network(tmp_path / "w.safetensors")
