"""Recommendations for a program of one's own."""

import json
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from gradsplit import GradientMask, Task, recommend_program
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from relations.errors import RelationsError
from tests.pictures import inches

pytestmark = pytest.mark.long

TASKS = [Task("pose"), Task("reid"), Task("depth", higher_is_better=False)]
FEW = {"runs": 80, "race_seeds": 4, "judge_seeds": 3, "progress": False}
UNTOLD = "a program of your own is told of {weights} and {mask} only"


def test_a_mask_that_undoes_the_harm(program, tmp_path):
    one = program()
    out = tmp_path / "best"
    command = one.command("weights", "mask")
    best = recommend_program(command, TASKS, out, inference=1.0, **FEW)
    assert best.config.name == "gradsplit:mask=mask.json"
    (line,) = best.commands
    words = shlex.split(line)
    mask = GradientMask.load(words[words.index("--mask") + 1])
    assert mask.tasks == ("pose", "reid", "depth")
    assert not mask.may_update[1, 0] and not mask.may_update[2, 0]
    assert mask.may_update.sum() == 7
    # Every run got a file, single-task ones and plain ones a full one, and weights of all tasks.
    told = one.told()
    assert all("pose=" in run["--weights"] and "reid=" in run["--weights"] for run in told)
    alone = [run for run in told if "+" not in run["--tasks"]]
    assert alone and all(GradientMask.load(run["--mask"]).may_update.all() for run in alone)
    assert {run["--weights"] for run in alone} == {"pose=1,reid=1,depth=1"}
    # The search tried other weights, and found that none are better.
    assert len({run["--weights"] for run in told}) > 3
    assert "equal ones are the best" in best.standings.left_out["tuned-weights"]
    assert best.spent <= 80


def test_weights_are_searched(program, tmp_path):
    best = recommend_program(program(1.0).command("weights"), TASKS, tmp_path / "best", **FEW)
    assert best.config.name == "tuned-weights"
    assert best.graph is None  # under these weights no task loses
    (line,) = best.commands
    weights = dict(part.split("=") for part in shlex.split(line)[-1].split(","))
    assert float(weights["pose"]) > 2 * float(weights["reid"])
    assert set(weights) == {"pose", "reid", "depth"}


def test_groupings_alone(program, tmp_path, monkeypatch):
    one, out = program(), tmp_path / "best"
    best = recommend_program(one.command(), TASKS, out, **FEW)
    assert set(best.config.networks) == {("pose",), ("reid", "depth")}
    assert best.costs[best.config.name].operations == 2
    left = best.standings.left_out
    assert left["tuned-weights"] == "the command has no {weights}"
    assert left["gradsplit:mask=mask.json"] == "the command has no {mask}"
    assert left["db-mtl"] == left["wider network"] == left["multi-head, 2 x steps"] == UNTOLD
    assert "takes 3.0 times the operations" in left["all apart"]
    best.save(out, width=3.3, font_size=7)
    assert inches(out / "recommendation.png") == inches(out / "changes.png") == 3.3
    lines = tomllib.loads((out / "recommended.toml").read_text())["recommended"]["commands"]
    assert len(lines) == 2
    monkeypatch.chdir(tmp_path)
    scores = {}
    for line in lines:  # as they stand in the file
        words = shlex.split(line)
        subprocess.run(words, check=True)
        scores |= json.loads((tmp_path / words[words.index("--scores") + 1]).read_text())
    assert set(scores) == {"pose", "reid", "depth"}
    serves = json.loads((out / "recommended-grouping.json").read_text())["serves"]
    assert serves["reid"] == serves["depth"] != serves["pose"]


@pytest.mark.parametrize("further", [(), ("weights", "mask")])
def test_the_runs_are_those_of_a_probe(program, tmp_path, further):
    """So that either goes on where the other stopped."""
    one, out = program(), str(tmp_path / "best")
    command = one.command(*further)
    words = ["--command", command, "--tasks", "pose,reid,depth:lower", "--out", out]
    assert main(["probe", *words, "--seeds", "3", "--quiet"]) == 0
    before = len(one.told())
    # Where they are asked for, each weight is 1, and the mask blocks nothing.
    assert all(run.get("--weights", "pose=1,reid=1,depth=1").count("=1") == 3 for run in one.told())
    masks = [GradientMask.load(run["--mask"]) for run in one.told() if "--mask" in run]
    assert all(mask.may_update.all() and mask.tasks == ("pose", "reid", "depth") for mask in masks)
    best = recommend_program(command, TASKS, out, **FEW)
    assert before == 18
    assert len(one.told()) - before == best.spent - before
    # Finished runs tell the time, so that hours can be asked for.
    again = recommend_program(command, TASKS, out, **FEW | {"runs": None, "hours": 1})
    assert again.config == best.config


def test_runs_of_a_command_without_weights_are_no_runs_of_one_with_them(program, tmp_path, capsys):
    one, out = program(), str(tmp_path / "best")
    words = ["--tasks", "pose,reid", "--out", out, "--quiet"]
    assert main(["probe", "--command", one.command(), *words, "--seeds", "1"]) == 0
    before, told = len(one.told()), one.command("weights", "mask")
    assert main(["recommend", "--command", told, *words, "--runs", "90"]) == 2
    assert "differ by {mask} and {weights}, and nobody can tell" in capsys.readouterr().err
    assert len(one.told()) == before


def test_a_plan_of_runs_elsewhere_lays_the_mask_beside_their_scores(program, tmp_path, capsys):
    one, folder = program(), tmp_path / "runs"
    words = ["--command", one.command("weights", "mask"), "--tasks", "pose,reid", "--seeds", "2"]
    assert main(["plan", *words]) == 0
    assert not folder.exists()  # nothing is written before anything is asked for
    capsys.readouterr()
    assert main(["plan", *words, "--commands", str(folder)]) == 0
    for line in capsys.readouterr().out.splitlines():
        subprocess.run(shlex.split(line), check=True)
    assert {Path(run["--mask"]).parent for run in one.told()} == {folder / "masks"}
    assert main(["probe", *words, "--out", str(tmp_path / "got"), "--collect", str(folder)]) == 0
    assert "harmful edges" in capsys.readouterr().out


def test_the_commands(program, tmp_path, capsys):
    one, out = program(), tmp_path / "best"
    words = ["--command", one.command("mask"), "--tasks", "pose,reid,depth:lower"]
    assert main(["plan", *words, "--recommend", "100"]) == 0
    planned = capsys.readouterr().out
    assert "recommendation for 3 tasks (pose, reid, depth): at most 100 runs" in planned
    assert "search of loss weights" not in planned
    assert "tuned-weights: the command has no {weights}" in planned
    told = " ".join(planned.split())
    assert f"equal-norm; multi-head, 2 x steps; last-stage; lora-stage: {UNTOLD}" in told
    assert not one.log.exists()
    few = ["--runs", "60", "--judge-seeds", "3", "--race-seeds", "3", "--inference", "1"]
    assert main(["recommend", *words, *few, "--out", str(out), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "gradsplit diagnose" not in said
    line = f"    {(one.command()).split(' {tasks}')[0]} pose+reid+depth --seed 0"
    assert f"train it by your own program:\n\n{line}" in said
    assert said.count(line) == 1
    out_of_it = "not in the race: tuned-weights: the command has no {weights}"
    assert said.count(out_of_it) == 1
    assert out_of_it in (out / "recommendation.txt").read_text()
    assert main(["recommend", *words, *few, "--out", str(out)]) == 0
    assert capsys.readouterr().out.count(out_of_it) == 1
    assert main(["train", str(out / "recommended.toml"), "--out", str(tmp_path / "net")]) == 2
    assert "run the lines that it holds under `commands` yourself" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--runs", "100", "--steps", "5"], "write the steps into --command"),
        ([], "Give `--runs 64` or more: how long a run takes"),
        (["--hours", "1"], "Give `--runs 64` or more: how long a run takes"),
        (["--runs", "9"], "takes 64 trainings or more"),
        (["figures", "--runs", "100"], "A task set is not named beside --command"),
        (["--budget", "100"], "no option `--budget`. Did you mean `--runs`?"),
        (["--tasks", "pose", "reid", "depth"], "write --tasks pose,reid,depth."),
        (["--tasks", "pose+reid+depth"], "Write --tasks pose,reid,depth."),
        (["--tasks", "pose,depth=lower"], "stands behind a colon: --tasks depth:lower."),
    ],
)
def test_mistakes_are_one_clear_line(program, tmp_path, capsys, words, problem):
    given = ["--command", program().command(), "--tasks", "pose,reid,depth:lower"]
    assert main(["recommend", *given, "--out", str(tmp_path / "best"), *words]) == 2
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "best").exists()


def test_some_tasks_of_a_task_set_are_refused(capsys):
    assert main(["recommend", "planted", "--tasks", "loud,quiet", "--runs", "90"]) == 2
    assert "takes all tasks: leave out --tasks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            ["python train.py {tasks}", "--tasks", "a,b"],
            "Write --command 'python train.py {tasks}'.",
        ),
        (["train.py", "--tasks", "a,b"], "Was `--command` meant? `train.py` may be a program"),
        (["--command", "python", "train.py", "--seed", "{seed}"], "the whole command in quotes"),
        (["--command", "python", "train.py", "--tasks", "{tasks}"], "the whole command in quotes"),
    ],
)
def test_a_program_that_stands_elsewhere_is_asked_about(words, problem, capsys):
    assert main(["recommend", *words]) == 2
    said = capsys.readouterr().err
    assert problem in said and "Did you mean" not in said


def test_other_placeholders_are_an_error(program, tmp_path):
    with pytest.raises(RelationsError, match=r"no placeholder \{grouping\}; it has .*\{mask\}"):
        recommend_program(program().command("grouping"), TASKS, tmp_path / "best", runs=100)
    with pytest.raises(GradSplitError, match="less than two tasks"):
        recommend_program(program().command(), TASKS[:1], tmp_path / "best", runs=100)
