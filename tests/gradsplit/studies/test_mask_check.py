"""A mask beside a model: who owns which channels, and a model left as it was."""

import numpy as np
import pytest
from torch import nn

from gradsplit import GradientMask, check_mask
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from relations import ChangeMatrix, RelationGraph

MASK = GradientMask.identity(["pose", "reid"])


def network():
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 4))


def test_without_a_model_the_mask_is_shown():
    checked = check_mask(MASK)
    assert str(checked).startswith(str(MASK))
    assert "2 of 4 (loss, group) pairs are blocked" in str(checked)
    assert checked.table is None and checked.channels == ()


def test_with_a_model_its_channels_have_owners():
    model = network()
    checked = check_mask(MASK, model, modules=["0", "2"], shares={"reid": 0.25})
    assert [(band.name, band.channels) for band in checked.channels] == [("0", 8), ("2", 4)]
    assert list(checked.channels[0].owners) == [("pose", 0, 6), ("reid", 6, 8)]
    assert checked.table is not None and str(checked).endswith(checked.table)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(not parameter._backward_hooks for parameter in model.parameters())


def test_where_a_mask_comes_from_is_said():
    estimated = GradientMask(MASK.tasks, MASK.may_update, provenance={
        "estimate": {"estimator": "lookahead"}, "modules": ["layer3", "layer4"],
    })  # fmt: skip
    said = str(check_mask(estimated))
    assert "made from an estimate (lookahead)" in said
    assert "made for the modules layer3, layer4" in said


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "net.py").write_text("number = 3\n")
    with pytest.raises(GradSplitError, match="got a int"):
        check_mask(MASK, f"{tmp_path / 'net.py'}:number")


def test_the_command_shows_the_same_and_draws_it(tmp_path, capsys):
    MASK.save(tmp_path / "mask.json")
    (tmp_path / "net.py").write_text(
        "from torch import nn\n\ndef net():\n    return nn.Sequential(nn.Linear(3, 8))\n"
    )
    out = tmp_path / "owners.svg"
    words = ["check", str(tmp_path / "mask.json"), "--model", f"{tmp_path / 'net.py'}:net"]
    assert main([*words, "--modules", "0", "--out", str(out)]) == 0
    checked = check_mask(tmp_path / "mask.json", f"{tmp_path / 'net.py'}:net", modules=["0"])
    assert capsys.readouterr().out == f"{checked}\n\nwritten: {out}\n"
    assert out.is_file()


@pytest.mark.parametrize(
    "words", [["--modules", "0"], ["--shares", "pose=0.5"], ["--out", "owners.svg"]]
)
def test_options_that_need_a_model_are_refused_without_one(tmp_path, capsys, words):
    MASK.save(tmp_path / "mask.json")
    assert main(["check", str(tmp_path / "mask.json"), *words]) == 2
    assert f"{words[0]} would change nothing without a model" in capsys.readouterr().err


def test_a_mask_edited_after_it_was_made_is_noted(tmp_path):
    changes = ChangeMatrix(["pose", "reid"], [[np.nan, -0.05], [0.02, np.nan]])
    made = GradientMask.from_graph(RelationGraph.from_changes(changes))
    assert "no longer follows" not in str(check_mask(made))
    text = made.to_json().replace("[true, false]", "[true, true]")
    (tmp_path / "m.json").write_text(text)
    printed = str(check_mask(tmp_path / "m.json"))
    assert "no longer follows the evidence in the file for pose -> reid" in printed


def test_what_is_no_mask_is_refused():
    with pytest.raises(GradSplitError, match="`mask` must be a GradientMask or its file, got 3"):
        check_mask(3)
