"""`--absolute` and `--standardised` on the command line, in task sets and configurations."""

import json

import pytest

from gradsplit.cli import main
from gradsplit.commands.options.kinds import thresholds
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from relations import GradientMask, Ledger
from relations.change_kinds import ChangeKind
from relations.errors import TaskError


def runs_table(folder):
    """pose harms r2, whose scores cross zero, by 0.1 in three seeds."""
    lines = ["tasks,seed,task,score"]
    for seed, r2 in enumerate((-0.05, 0.02, 0.1)):
        lines += [f"pose,{seed},pose,0.8", f"r2,{seed},r2,{r2}"]
        lines += [f"pose+r2,{seed},pose,{0.8 + 0.001 * seed}"]
        lines += [f"pose+r2,{seed},r2,{r2 - 0.1 + 0.002 * seed}"]
    (folder / "runs.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "runs.csv")


def test_the_option_may_be_repeated_and_joined():
    assert thresholds(["a=-1", "b=-2,c=-3e-1"], "absolute") == {"a": -1.0, "b": -2.0, "c": -0.3}


@pytest.mark.parametrize("words", [["r2"], ["=-1"], ["r2=x"], ["r2=-2%"], ["a=-1", "a=-2"]])
def test_what_cannot_be_meant_is_refused(words):
    with pytest.raises(GradSplitError, match="--standardised"):
        thresholds(words, "standardised")


def test_relations_and_mask_measure_as_told(tmp_path, capsys):
    table = runs_table(tmp_path)
    assert main(["relations", table, "--absolute", "r2=-0.02"]) == 0
    printed = capsys.readouterr().out
    assert "r2 [abs.]" in printed and "-0.0980 abs." in printed
    assert main(["mask", table, "--absolute", "r2=-0.02", "--out", str(tmp_path / "m.json")]) == 0
    mask = GradientMask.load(tmp_path / "m.json")
    assert mask.blocked() == [("pose", "r2")]
    assert mask.changes is not None and mask.changes["r2"]["threshold"] == -0.02


@pytest.mark.parametrize("command", ["relations", "mask", "heatmap", "graph", "report"])
def test_a_misspelt_task_is_refused_everywhere(tmp_path, capsys, command):
    out = [] if command == "relations" else ["--out", str(tmp_path / "x.json")]
    if command in ("heatmap", "report"):
        out = ["--out", str(tmp_path / {"heatmap": "x.png", "report": "x.html"}[command])]
    assert main([command, runs_table(tmp_path), "--absolute", "poes=-0.02", *out]) == 2
    assert "Did you mean `pose`" in capsys.readouterr().err


def test_a_report_is_made_again_with_the_same_kinds(tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", runs_table(tmp_path), "--absolute", "r2=-0.02", "--out", str(out)]) == 0
    assert "--absolute r2=-0.02 --out" in out.read_text()


def test_scores_are_compared_as_told(tmp_path, capsys):
    (tmp_path / "s.csv").write_text("method,pose,r2\nsingle,0.8,-0.1\nmulti-head,0.76,-0.2\n")
    words = ["compare", "--scores", str(tmp_path / "s.csv"), "--out", str(tmp_path / "out")]
    assert main([*words, "--absolute", "r2=-0.02"]) == 0
    assert "Δm leaves out r2 (absolute)" in capsys.readouterr().out
    assert main(words) == 2
    assert "--absolute r2" in capsys.readouterr().err


def test_a_probe_notes_kinds_which_readers_follow_and_trains_nothing_anew(tmp_path, capsys):
    words = ["probe", "planted", "--steps", "2", "--seeds", "2", "--out", str(tmp_path), "--quiet"]
    assert main([*words, "--tasks", "loud,quiet"]) == 0
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        trained = ledger.trained()
    assert main([*words, "--tasks", "loud,quiet", "--absolute", "quiet=-0.02"]) == 0
    with Ledger(tmp_path / "probe.db", read_only=True) as ledger:
        assert ledger.trained() == trained and len(trained) == 6
    capsys.readouterr()
    assert main(["relations", str(tmp_path), "--json", "-"]) == 0
    kinds = json.loads(capsys.readouterr().out)["changes"]
    assert (kinds["quiet"]["kind"], kinds["loud"]["kind"]) == ("absolute", "relative")


def test_a_configuration_says_how_tasks_are_measured(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('taskset = "planted"\n[absolute]\nloud = -0.02\n[standardised]\nquiet = -1\n')
    taskset = load_taskset(str(path))
    kinds = {task.name: task.kind for task in taskset.measured_tasks}
    assert kinds["loud"] == ChangeKind("absolute", -0.02)
    assert kinds["quiet"] == ChangeKind("standardised", -1)
    assert taskset.settings() == load_taskset("planted").settings()
    path.write_text('taskset = "planted"\n[absolute]\nlout = -0.02\n')
    with pytest.raises(TaskError, match="`loud`"):
        load_taskset(str(path))
