"""The command line on a user's own task set and program: resume, queues, mistakes."""

import json
import shlex
import subprocess
import sys

import pytest

from gradsplit.cli import main
from relations import GradientMask
from tests.places import EXAMPLES

SHAPES = f"{EXAMPLES / 'own_tasks.py'}:Shapes"
SHORT = ["--steps", "6", "--set", "samples=64"]


def test_an_own_task_set_goes_from_plan_to_a_trained_network(tmp_path, capsys):
    runs, mask, out = tmp_path / "runs", tmp_path / "mask.json", tmp_path / "trained"
    assert main(["plan", SHAPES, *SHORT, "--seeds", "2", "--measure", "2"]) == 0
    assert "12 runs" in capsys.readouterr().out
    probe = ["probe", SHAPES, *SHORT, "--seeds", "2", "--out", str(runs), "--quiet"]
    assert main(probe) == 0
    first = capsys.readouterr().out
    assert "shape" in first
    assert main(["plan", SHAPES, *SHORT, "--seeds", "2", "--measure", "0", "--out", str(runs)]) == 0
    assert "missing 0" in capsys.readouterr().out
    assert main(probe) == 0
    again = capsys.readouterr().out
    assert again.startswith("from the ledger: 12 runs") and again.endswith(first)
    assert main(["mask", str(runs), "--out", str(mask)]) == 0
    assert main(["heatmap", str(runs), "--out", str(tmp_path / "heatmap.png")]) == 0
    words = ["train", SHAPES, *SHORT, "--mask", str(mask), "--out", str(out), "--quiet"]
    assert main(words) == 0
    assert set(json.loads((out / "scores.json").read_text())) == {"shape", "place", "light"}
    assert len(json.loads((out / "losses.json").read_text())["shape"]) == 6
    assert (out / "weights.safetensors").stat().st_size > 1000


def test_other_settings_are_refused_and_the_difference_is_named(tmp_path, capsys):
    words = ["probe", SHAPES, "--seeds", "1", "--out", str(tmp_path / "runs"), "--quiet"]
    assert main([*words, "--set", "samples=64", "--steps", "2"]) == 0
    capsys.readouterr()
    assert main([*words, "--set", "samples=64", "--steps", "3"]) == 2
    message = capsys.readouterr().err
    assert "steps" in message
    assert "2" in message
    assert "3" in message


def test_a_mask_of_other_tasks_is_refused(tmp_path, capsys):
    GradientMask.identity(["shape", "place"]).save(tmp_path / "mask.json")
    words = ["train", SHAPES, *SHORT, "--mask", str(tmp_path / "mask.json")]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "light" in capsys.readouterr().err


def test_a_module_that_does_not_exist_is_refused(tmp_path, capsys):
    GradientMask.identity(["shape", "place", "light"]).save(tmp_path / "mask.json")
    words = ["train", SHAPES, *SHORT, "--mask", str(tmp_path / "mask.json"), "--modules", "layer9"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 2
    assert "layer9" in capsys.readouterr().err


FAILS_WITH_REID = """
import argparse, json, sys
parser = argparse.ArgumentParser()
for name in ("--tasks", "--seed", "--scores"):
    parser.add_argument(name)
options = parser.parse_args()
tasks = options.tasks.replace("+", ",").split(",")
if set(tasks) == {"pose", "reid"}:
    sys.exit("no memory for pose with reid")
scores = {task: 0.8 - 0.1 * (len(tasks) - 1) + 0.001 * int(options.seed) for task in tasks}
with open(options.scores, "w") as file:
    json.dump(scores, file)
"""


def test_a_failed_run_of_an_own_program_is_unknown_and_the_others_go_on(tmp_path, capsys):
    program = tmp_path / "program.py"
    program.write_text(FAILS_WITH_REID)
    command = f"{sys.executable} {program} --tasks {{tasks}} --seed {{seed}} --scores {{out}}"
    runs = str(tmp_path / "runs")
    words = ["--command", command, "--tasks", "pose,reid,depth", "--seeds", "2", "--out", runs]
    assert main(["probe", *words, "--quiet"]) == 1
    printed = capsys.readouterr().out
    assert "unknown" in printed
    assert "2 runs failed; `gradsplit status" in printed
    fewer = [*words[:4], "--seeds", "1", "--out", str(tmp_path / "fewer")]
    assert main(["probe", *fewer, "--quiet"]) == 1
    assert "\n1 run failed; `gradsplit status" in capsys.readouterr().out
    assert main(["relations", runs, "--json", "-"]) == 0
    relations = json.loads(capsys.readouterr().out)
    verdicts = {(edge["source"], edge["target"]): edge["verdict"] for edge in relations["edges"]}
    assert verdicts["pose", "reid"] == verdicts["reid", "pose"] == "unknown"
    assert ["depth", "pose"] in relations["harmful"]
    assert main(["mask", runs, "--out", str(tmp_path / "mask.json")]) == 2
    assert "pose -> reid" in capsys.readouterr().err


def test_runs_of_a_queue_are_collected(tmp_path, capsys):
    folder, runs = tmp_path / "scores", tmp_path / "runs"
    probe = [SHAPES, *SHORT, "--seeds", "1"]
    assert main(["plan", *probe, "--commands", str(folder)]) == 0
    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert len(commands) == 6
    assert commands[0][:3] == [sys.executable, "-m", "gradsplit.cli"]
    for command in commands[:5]:
        assert main(command[3:]) == 0
    capsys.readouterr()
    collect = ["probe", *probe, "--out", str(runs), "--collect", str(folder)]
    assert main(collect) == 1
    assert "5 runs collected" in capsys.readouterr().out
    assert main(commands[5][3:]) == 0
    assert main(collect) == 0
    collected = capsys.readouterr().out
    assert main(["probe", *probe, "--out", str(tmp_path / "here"), "--quiet"]) == 0
    here = capsys.readouterr().out
    assert matrix_of(collected) == matrix_of(here)


def test_runs_of_a_queue_with_two_step_counts(tmp_path, capsys):
    folder, runs = tmp_path / "scores", tmp_path / "runs"
    probe = [SHAPES, "--set", "samples=64", "--seeds", "1", "--steps", "2,3"]
    assert main(["plan", *probe, "--commands", str(folder)]) == 0
    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert len(commands) == 12
    for command in commands[:-1]:
        assert main(command[3:]) == 0
    capsys.readouterr()
    collect = ["probe", *probe, "--out", str(runs), "--collect", str(folder)]
    assert main(collect) == 1  # one is missing, and is not trained
    assert main(commands[-1][3:]) == 0
    assert main(collect) == 0
    assert "from 2 to 3 steps" in capsys.readouterr().out
    assert main(["plan", *probe, "--out", str(runs), "--measure", "0"]) == 0
    assert "and with 2 steps:" in capsys.readouterr().out


def matrix_of(printed: str) -> list[str]:
    """The rows of the printed change matrix."""
    return [
        line for line in printed.splitlines() if line.startswith(("shape ", "place ", "light "))
    ]


@pytest.mark.long
def test_two_step_counts_say_what_still_moves(tmp_path, capsys):
    probe = ["probe", SHAPES, "--set", "samples=64", "--seeds", "2", "--quiet"]
    probe += ["--executor", "ensemble", "--out", str(tmp_path / "runs")]
    assert main([*probe, "--steps", "4,8"]) == 0
    assert "from 4 to 8 steps" in capsys.readouterr().out
    assert main(["status", str(tmp_path / "runs")]) == 0
    assert "done 12" in capsys.readouterr().out
    assert main(["status", str(tmp_path / "runs" / "probe.db"), "--variant", "steps=4"]) == 0
    assert "done 12" in capsys.readouterr().out
    plan = ["plan", SHAPES, "--set", "samples=64", "--seeds", "2", "--steps", "8"]
    assert main([*plan, "--measure", "0", "--out", str(tmp_path / "runs")]) == 0
    assert "seeds that decide an edge" in capsys.readouterr().out


@pytest.mark.long
def test_adaptive_seeds(tmp_path, capsys):
    probe = ["probe", SHAPES, *SHORT, "--seeds", "2..3", "--quiet", "--executor", "ensemble"]
    assert main([*probe, "--out", str(tmp_path / "runs")]) == 0
    assert "3 seeds)" in capsys.readouterr().out


@pytest.mark.long
def test_all_runs_at_once_give_the_same_matrix(tmp_path, capsys):
    probe = ["probe", SHAPES, *SHORT, "--seeds", "2", "--quiet"]
    assert main([*probe, "--out", str(tmp_path / "one"), "--executor", "in-process"]) == 0
    one = capsys.readouterr().out
    assert main([*probe, "--out", str(tmp_path / "all"), "--executor", "ensemble"]) == 0
    assert matrix_of(one) == matrix_of(capsys.readouterr().out)


def test_the_example_program_is_probed(tmp_path, capsys):
    command = (
        f"{sys.executable} {EXAMPLES / 'train_program.py'} "
        "--tasks {tasks} --seed {seed} --scores {out}"
    )
    words = ["--command", command, "--tasks", "slow,fast", "--seeds", "2"]
    assert main(["probe", *words, "--out", str(tmp_path / "runs"), "--quiet"]) == 0
    assert "slow" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["probe", "--out", "x"], "one of the two"),
        (["probe", "figures", "--command", "x", "--out", "x"], "one of the two"),
        (["probe", "--command", "python x.py", "--out", "x"], "--tasks"),
        (["probe", "--command", "x", "--tasks", "a", "b", "--out", "x"], "write --tasks a,b if"),
        (["probe", SHAPES, "--out", SHAPES.partition(":")[0]], "`--out` must be a folder, but"),
        (["probe", "no-such-set", "--out", "x"], "planted"),
        (["probe", SHAPES, "--steps", "many", "--out", "x"], "400,800"),
        (["probe", SHAPES, "--seeds", "many", "--out", "x"], "3..10"),
        (["status", "x"], "x"),
        (["plan", SHAPES, "--set", "samples"], "name=value"),
        (["plan", SHAPES, "--set", "sample=3"], "samples"),
    ],
)
def test_mistakes_have_messages(words, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err


def test_a_reader_that_has_had_enough_is_no_mistake(tmp_path):
    """As in `gradsplit relations table.csv | head -1`."""
    (tmp_path / "t.csv").write_text("source,a,b\na,,-0.1\nb,0.2,\n")
    words = [sys.executable, "-m", "gradsplit.cli", "relations", str(tmp_path / "t.csv")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        said = program.stderr.read().decode()
        assert program.wait(60) == 141
    assert said == ""
