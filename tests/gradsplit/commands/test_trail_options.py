import pytest

from gradsplit.cli import MISTAKE, main
from gradsplit.training.kept_networks import FOLDER

PROBE = ("probe", "planted", "--tasks", "loud,quiet", "--steps", "2", "--seeds", "1")
PROGRAM = (
    "--command",
    "python t.py --tasks {tasks} --seed {seed} --scores {out}",
    "--tasks",
    "a,b",
)


def test_a_probe_keeps_networks_and_logs_and_says_so(tmp_path, capsys):
    words = ("--keep-networks", "--log", "jsonl", "--checkpoint-minutes", "0")
    assert main([*PROBE, *words, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "networks: 3 to keep in" in said
    assert "networks: 3 of 3 finished runs" in said
    assert len(list((tmp_path / FOLDER).iterdir())) == 3
    assert len(list((tmp_path / "logs").iterdir())) == 3


def test_a_plan_says_what_networks_take(capsys):
    words = ("--steps", "2", "--seeds", "2", "--measure", "0", "--keep-networks")
    assert main(["plan", "planted", *words]) == 0
    assert "networks: 20 to keep" in capsys.readouterr().out


def test_a_training_has_loggers(tmp_path):
    words = ("--log", "jsonl", "--checkpoint-minutes", "0", "--quiet", "--out", str(tmp_path))
    assert main(["train", "planted", "--steps", "2", *words]) == 0
    assert len(list((tmp_path / "logs").iterdir())) == 1


def test_what_cannot_be_is_said_before_anything_is_trained(tmp_path, capsys):
    words = ("--log", "jsnol", "--checkpoint-minutes", "-3", "--out", str(tmp_path / "new"))
    assert main([*PROBE, *words]) == MISTAKE
    said = capsys.readouterr().err
    assert "Did you mean `jsonl`" in said
    assert "got -3.0" in said
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("probe", *PROGRAM, "--keep-networks", "--out", "x"), "nothing is trained here"),
        (("probe", *PROGRAM, "--checkpoint-minutes", "0", "--out", "x"), "--checkpoint-minutes"),
        ((*PROBE, "--collect", "f", "--log", "jsonl", "--out", "x"), "--log: nothing is trained"),
        (("probe", "planted", "--estimator", "gradients", "--keep-networks", "--out", "x"), "runs"),
        (("recommend", *PROGRAM, "--log", "jsonl"), "keeps by itself what it trains"),
        (("plan", *PROGRAM, "--keep-networks"), "give their scores alone"),
        (("compare", "--scores", "t.csv", "--keep-networks"), "--keep-networks would change noth"),
    ],
)
def test_where_nothing_is_trained_nothing_is_trail(words, why, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(list(words)) == MISTAKE
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("command", ["probe", "compare", "recommend", "diagnose", "group"])
def test_help_names_them(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    for option in ("--checkpoint-minutes", "--log", "--keep-networks"):
        assert option in said
