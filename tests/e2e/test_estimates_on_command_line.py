"""`gradsplit probe --estimator` and what reads its file, as a user types it."""

import json

import numpy as np
import pytest

from gradsplit.cli import main
from relations.estimates.estimate import Estimate
from relations.estimates.estimate_file import load_estimate, save_estimate

RUNS = "tasks,seed,task,score\n" + "".join(
    f"{tasks},{seed},{task},{1.0 - 0.1 * (len(tasks) > 1) + 0.01 * seed}\n"
    for seed in range(2)
    for tasks in ("a", "b", "c", "a+b", "a+c", "b+c")
    for task in tasks.split("+")
)
PLANTED = ["probe", "planted", "--steps", "12", "--quiet"]


@pytest.fixture
def file(tmp_path, capsys):
    assert main([*PLANTED, "--out", str(tmp_path), "--estimator", "lookahead"]) == 0
    assert "not a probe" in capsys.readouterr().out
    return tmp_path / "estimate-lookahead.json"


def test_an_estimate_is_a_source_of_the_reading_commands(file, tmp_path, capsys):
    assert main(["relations", str(file), "--json", "-"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["estimator"] == "lookahead" and found["cut"] == "sign"
    assert main(["relations", str(file), "--cut", "25%"]) == 0
    assert "cut: 25%" in capsys.readouterr().out
    for command, name in (("heatmap", "h.png"), ("graph", "g.png"), ("graph", "g.csv")):
        assert main([command, str(file), "--out", str(tmp_path / name)]) == 0
        assert (tmp_path / name).is_file()
    assert main(["mask", str(file), "--out", str(tmp_path / "mask.json")]) == 0
    assert "not from a probe" in capsys.readouterr().out
    mask = json.loads((tmp_path / "mask.json").read_text())
    assert mask["provenance"]["estimate"]["estimator"] == "lookahead"
    assert mask["threshold"] is None
    capsys.readouterr()
    assert main(["check", str(tmp_path / "mask.json")]) == 0
    assert "made from an estimate (lookahead)" in capsys.readouterr().out


def test_a_threshold_of_changes_is_refused_for_an_estimate(file, capsys):
    assert main(["relations", str(file), "--threshold", "-0.01"]) == 2
    assert "another unit" in capsys.readouterr().err


def test_a_cut_is_refused_for_changes(tmp_path, capsys):
    (tmp_path / "table.csv").write_text(",a,b\na,,-2%\nb,0,\n")
    assert main(["relations", str(tmp_path / "table.csv"), "--cut", "sign"]) == 2
    assert "--threshold" in capsys.readouterr().err


def test_seeds_are_added_and_never_mixed(file, tmp_path, capsys):
    first = load_estimate(file)
    words = [*PLANTED, "--out", str(tmp_path), "--estimator", "lookahead", "--estimate-seeds", "2"]
    assert main(words) == 0
    second = load_estimate(file)
    assert second.seeds == (0, 1)
    assert (second.samples[0, 0, 1:] == first.samples[0, 0, 1:]).all()
    assert main([*words, "--every", "3"]) == 2
    assert "estimator.every" in capsys.readouterr().err


def test_triage_probes_what_is_suspected_and_leaves_the_rest_unknown(tmp_path, capsys):
    words = [*PLANTED, "--out", str(tmp_path), "--seeds", "2"]
    words[words.index("12")] = "60"  # positive scores
    # 1 joint run, 8 single-task runs, 2 pairs of 2 seeds.
    assert main([*words, "--estimator", "gradients", "--budget", "13"]) == 0
    printed = capsys.readouterr().out
    assert "2 of 6 pairs are probed, 12 trainings after 1" in printed
    assert "8 unknown" in printed
    assert main(["mask", str(tmp_path), "--out", str(tmp_path / "mask.json")]) == 2
    assert "unknown" in capsys.readouterr().err
    allowed = ["mask", str(tmp_path), "--out", str(tmp_path / "mask.json"), "--unknown", "allow"]
    assert main(allowed) == 0
    assert json.loads((tmp_path / "mask.json").read_text())["provenance"]["unknown"] == "allow"


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--budget", "13"], "needs --estimator"),
        (["--estimator", "lookahead", "--collect", "x"], "--collect"),
        (["--estimator", "lookahead", "--budget", "13", "--seeds", "3..5"], "fixed number"),
        (["--estimator", "lookahead", "--budget", "5"], "does not reach"),
        (["--estimator", "surrogate"], "9 tasks or more"),
        (["--estimator", "lookahead", "--estimate-seeds", "0"], "at least 1"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, capsys, more, word):
    assert main([*PLANTED, "--out", str(tmp_path / "out"), *more]) == 2
    assert word in capsys.readouterr().err


def test_agreement_of_all_estimates_in_a_probes_folder(tmp_path, capsys):
    words = ["probe", "planted", "--steps", "60", "--quiet", "--out", str(tmp_path)]
    assert main(["agreement", str(tmp_path)]) == 2
    capsys.readouterr()
    assert main([*words, "--seeds", "2", "--executor", "ensemble"]) == 0
    assert main(["agreement", str(tmp_path)]) == 2
    assert "--estimator lookahead" in capsys.readouterr().err
    for estimator in ("gradients", "lookahead"):
        assert main([*words, "--estimator", estimator]) == 0
    capsys.readouterr()
    files = ["--csv", str(tmp_path / "a.csv"), "--plot", str(tmp_path / "a.png")]
    assert main(["agreement", str(tmp_path), "--draws", "20", *files]) == 0
    printed = capsys.readouterr().out
    for word in ("gradients", "lookahead", "random", "target-mean", "probe, 1 seed"):
        assert word in printed
    assert (tmp_path / "a.csv").is_file() and (tmp_path / "a.png").is_file()
    one = str(tmp_path / "estimate-gradients.json")
    assert main(["agreement", str(tmp_path), "--estimates", one, "--draws", "5"]) == 0
    assert "lookahead" not in capsys.readouterr().out


def test_agreement_reads_tables_of_others(tmp_path, capsys):
    """Their unit, orientation and directions are asked for, and change what is compared."""
    guess = Estimate("opinion", "points", ("a", "b", "c"), (0,), np.ones((1, 3, 3)))
    save_estimate(guess, tmp_path / "estimate-opinion.json")
    words = ["--estimates", str(tmp_path / "estimate-opinion.json"), "--draws", "5"]
    table = tmp_path / "table.csv"
    table.write_text(",a,b,c\na,,-0.4,0.2\nb,-3,,-2\nc,0.5,0.1,\n")
    read = ["agreement", str(table), *words, "--rows", "source", "--unit"]
    for unit, harmful in (("per-cent", 2), ("fraction", 3)):
        assert main([*read, unit]) == 0
        assert f"6 edges, {harmful} harmful" in capsys.readouterr().out
    assert main([*read, "per-cent", "--lower", "a"]) == 2
    assert "--lower" in capsys.readouterr().err
    runs = tmp_path / "runs.csv"
    runs.write_text(RUNS)
    for lower, harmful in ([], 6), (["--lower", "a,b,c"], 0):
        assert main(["agreement", str(runs), *words, *lower]) == 0
        assert f"6 edges, {harmful} harmful" in capsys.readouterr().out
