"""`gradsplit compare`, as a user types it."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from analysis import read_scores
from gradsplit.cli import main
from gradsplit.studies.comparison import costs
from relations import GradientMask, RelationGraph, load_changes
from tests.pictures import inches
from tests.places import TOY_TASKS

TOY = f"{TOY_TASKS}:toy"
TASKS = ("sum", "error", "class.sign")
QUICK = ["--seeds", "2", "--probe-seeds", "2", "--quiet", "--no-costs"]


def compare(folder: Path, *words: str, taskset: str = TOY) -> int:
    return main(["compare", taskset, "--out", str(folder), *QUICK, *words])


def runs_in(folder: Path) -> dict[str, int]:
    with sqlite3.connect(folder / "probe.db") as book:
        rows = book.execute("SELECT variant, count(*) FROM runs GROUP BY variant").fetchall()
    return dict(rows)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    assert compare(folder, "--methods", "multi-head", "gradsplit", "dropgrad:rate=0.5") == 0
    return folder


def test_writes_what_it_says(compared: Path) -> None:
    there = {path.name for path in compared.iterdir()}
    tables = {f"comparison.{kind}" for kind in ("txt", "csv", "md", "tex")}
    pictures = {"changes.png", "delta_m.png", "paired.png", "heatmap.png"}
    assert {*tables, *pictures, "scores.csv", "mask.json", "probe.db"} <= there


def test_methods_are_not_judged_on_the_seeds_of_the_mask(compared: Path) -> None:
    with (compared / "scores.csv").open(newline="") as file:
        seeds = {row["seed"] for row in csv.DictReader(file)}
    assert seeds == {"2", "3"}
    assert load_changes(compared).n[0, 1] == 2


def test_the_mask_is_that_of_the_probe(compared: Path) -> None:
    mask = GradientMask.load(compared / "mask.json")
    wanted = GradientMask.from_graph(RelationGraph.from_changes(load_changes(compared)))
    assert mask.may_update.tolist() == wanted.may_update.tolist()


@pytest.mark.long
def test_a_second_call_trains_nothing(compared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("trained")

    monkeypatch.setattr("gradsplit.training.trainer.TaskSetTrainer.__call__", refuse)
    before = runs_in(compared)
    column = ["--width", "3.3", "--font-size", "7"]
    words = ["--methods", "multi-head", "gradsplit", "dropgrad:rate=0.5"]
    assert compare(compared, *words, *column) == 0
    assert runs_in(compared) == before
    assert inches(compared / "delta_m.png") == 3.3
    table = ["--scores", str(compared / "scores.csv"), "--out", str(compared / "again")]
    assert main(["compare", *table, *column]) == 0
    assert inches(compared / "again" / "delta_m.png") == 3.3


def test_a_method_more_trains_that_method_alone(compared: Path) -> None:
    before = runs_in(compared)
    methods = ["multi-head", "gradsplit", "last-stage"]
    assert compare(compared, "--methods", *methods) == 0
    added = {name: n for name, n in runs_in(compared).items() if before.get(name) != n}
    assert [(name.split(" #")[0], n) for name, n in added.items()] == [("last-stage", 2)]


def test_scores_read_back_give_the_same_numbers(compared: Path, tmp_path: Path) -> None:
    words = ["--out", str(tmp_path), "--lower", "error"]
    assert main(["compare", "--scores", str(compared / "scores.csv"), *words]) == 0
    questions = (tmp_path / "questions.csv").read_text()
    assert questions == (compared / "questions.csv").read_text()
    with (tmp_path / "comparison.csv").open(newline="") as file:
        again = list(csv.DictReader(file))
    with (compared / "comparison.csv").open(newline="") as file:
        known = list(csv.DictReader(file))
    # What was tried before does not follow from scores.
    assert {name for name in known[0] if name not in again[0]} == {"tried", "runs before"}
    assert again == [{name: row[name] for name in again[0]} for row in known]


def test_methods_are_tested_against_those_that_are_named(
    compared: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["--scores", str(compared / "scores.csv"), "--lower", "error", "--out", str(tmp_path)]
    assert main(["compare", *words, "--against", "gradsplit", "single"]) == 0
    with (tmp_path / "questions.csv").open(newline="") as file:
        pairs = [(row["method"], row["against"]) for row in csv.DictReader(file)]
    others = [name for name in read_scores(compared / "scores.csv").scores if name != "gradsplit"]
    assert pairs == [
        *((name, "gradsplit") for name in others),
        *((name, "single") for name in others[1:]),
    ]
    assert "single − gradsplit" in capsys.readouterr().out
    assert main(["compare", *words, "--against", "gradslit"]) == 2
    assert "`--against` takes methods" in capsys.readouterr().err


def test_another_threshold_is_another_method(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ["--methods", "multi-head", "gradsplit", "gradsplit:threshold=-0.9999"]
    assert compare(tmp_path, *words) == 0
    scores = read_scores(tmp_path / "scores.csv").scores
    # Nothing is below -99.99 %: the mask allows everything, which is multi-head.
    assert scores["gradsplit:threshold=-0.9999"] == scores["multi-head"]
    assert scores["gradsplit"] != scores["multi-head"]
    assert "harmful edges" in capsys.readouterr().out


def test_a_relation_somebody_has(tmp_path: Path) -> None:
    table = tmp_path / "relation.csv"
    table.write_text("source,target,change\nsum,error,-0.5\nsum,class.sign,0\n"
                     "error,sum,0\nerror,class.sign,0\n"
                     "class.sign,sum,0\nclass.sign,error,0\n")  # fmt: skip
    words = ["--methods", "multi-head", f"gradsplit:relation={table}"]
    assert compare(tmp_path / "out", *words) == 0
    # No probe was needed: single-task runs are those of the methods' seeds alone.
    assert runs_in(tmp_path / "out")[""] == 2 * 3


def test_two_step_counts_say_what_moved(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ["--methods", "multi-head", "--steps", "3,6"]
    assert compare(tmp_path, *words) == 0
    out = capsys.readouterr().out
    assert "from 3 to 6 steps the scores moved by" in out
    assert set(runs_in(tmp_path)) >= {"", "steps=3"}


def test_steps_among_the_options_of_the_task_set_are_those_of_every_run(tmp_path: Path) -> None:
    words = ["--methods", "multi-head", "--set", "steps=60"]
    assert compare(tmp_path, *words, taskset="cause-loud-loss") == 0
    with sqlite3.connect(tmp_path / "probe.db") as book:
        trained = [json.loads(text) for (text,) in book.execute("SELECT json FROM settings")]
    assert {settings["task set"]["recipe"]["steps"] for settings in trained} == {60}


@pytest.mark.long
def test_tuned_weights_are_searched_on_the_probes_seeds(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["--methods", "multi-head", "tuned-weights", "--tune-seeds", "1", "--steps", "60"]
    assert compare(tmp_path, *words, taskset="cause-loud-loss") == 0
    assert "tuned-weights: {" in capsys.readouterr().out
    with sqlite3.connect(tmp_path / "probe.db") as book:
        rows = book.execute("SELECT seed FROM runs WHERE variant LIKE 'weights:%'").fetchall()
    assert {seed for (seed,) in rows} == {0}
    assert 0 < len(rows) <= 3 * 2 + 7
    deltas = read_scores(tmp_path / "scores.csv").delta_m
    # In this set the loudness of a loss is the whole matter.
    assert deltas("tuned-weights").mean > deltas("multi-head").mean


def test_costs_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In this process: three others would take most of a minute to start on a busy machine.
    monkeypatch.setattr(costs, "_measured", costs._measure)
    words = ["--seeds", "1", "--quiet", "--methods", "multi-head", "last-stage"]
    assert main(["compare", TOY, "--out", str(tmp_path), *words]) == 0
    with (tmp_path / "comparison.csv").open(newline="") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    size = {name: float(row["parameters [M]"]) for name, row in rows.items()}
    assert size["multi-head"] < size["last-stage"] <= size["single"]
    assert all(float(row["step [ms]"]) > 0 for row in rows.values())
    assert (tmp_path / "cost.png").exists()


def test_an_ensemble_is_not_offered(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    words = ["--methods", "multi-head", "--executor", "ensemble"]
    assert compare(tmp_path / "out", *words) == 2
    assert "'ensemble'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_all_mistakes_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    words = ["--methods", "gradsplit", "tuned-weights", "--seeds", "0", "--tune-seeds", "9"]
    assert compare(tmp_path / "out", *words) == 2
    message = capsys.readouterr().err
    assert "baseline `multi-head` is not among" in message
    assert "`--seeds` must be a number of seeds, at least 1" in message
    assert "--tune-seeds must be between" in message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--methods", "multi-head", "best"],
        ["--methods", "multi-head", "dropgrad:rate=2"],
        ["--methods", "multi-head", "gradsplit:mode=both"],
        ["--methods", "multi-head", "--steps", "1,2,3"],
        ["--scores", "nothing.csv"],
    ],
)
def test_mistakes(tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture) -> None:
    assert compare(tmp_path / "out", *words) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "out" / "probe.db").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--seeds", "2", "--methods", "mine"], "--methods, --seeds would"),
        (["--steps", "4"], "--steps would"),
        (["--no-costs"], "--no-costs would"),
    ],
)
def test_options_of_trainings_are_refused_beside_a_table(
    tmp_path: Path, words: list[str], named: str, capsys: pytest.CaptureFixture
) -> None:
    table = tmp_path / "scores.csv"
    table.write_text("method,pose\nsingle,0.8\nmine,0.9\n")
    out = tmp_path / "out"
    assert main(["compare", "--scores", str(table), *words, "--out", str(out)]) == 2
    assert named in capsys.readouterr().err
    assert not out.exists()


def test_a_misspelt_method_is_said_without_a_task_set(capsys: pytest.CaptureFixture) -> None:
    assert main(["compare", "--methods", "gradnrm"]) == 2
    assert "Did you mean `gradnorm`?" in capsys.readouterr().err


def test_lists_the_methods(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    assert main(["compare", "--methods", "list", "--out", str(tmp_path)]) == 0
    assert "gradsplit-shuffled" in capsys.readouterr().out


def test_probe_and_comparison_share_a_ledger(tmp_path: Path) -> None:
    """What a probe has trained is not trained again."""
    assert main(["probe", TOY, "--out", str(tmp_path), "--seeds", "2", "--quiet"]) == 0
    before = runs_in(tmp_path)[""]
    assert compare(tmp_path, "--methods", "multi-head", "gradsplit") == 0
    assert runs_in(tmp_path)[""] == before + 2 * 3


def test_nothing_is_chosen_on_test_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("gradsplit.training.taskset.TaskSet.judged_on_test", True)
    words = ["--methods", "multi-head", "gradsplit", "tuned-weights", "dropgrad:rate=0.5"]
    assert compare(tmp_path / "out", *words) == 2
    assert "gradsplit, tuned-weights would be chosen on them" in capsys.readouterr().err
    full = tmp_path / "mask.json"
    GradientMask.full(TASKS).save(full)
    words = ["--methods", "multi-head", "gradsplit", "--mask", str(full)]
    assert compare(tmp_path / "out", *words) == 0


def test_teachers_may_be_networks_that_were_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    kept = f"kd-mtl:teachers={tmp_path}/networks"
    (tmp_path / "networks").mkdir()
    assert compare(tmp_path, "--methods", "multi-head", kept) == 2  # said before any training
    assert "--keep-networks" in capsys.readouterr().err
    assert not (tmp_path / "probe.db").exists()
    assert compare(tmp_path, "--methods", "multi-head", "kd-mtl", "--keep-networks") == 0
    trained = read_scores(tmp_path / "scores.csv").scores["kd-mtl"]
    with sqlite3.connect(tmp_path / "probe.db") as book:
        book.execute("DELETE FROM runs WHERE variant LIKE 'kd-mtl%'")
    assert compare(tmp_path, "--methods", "multi-head", kept) == 0
    assert list(read_scores(tmp_path / "scores.csv").scores.values())[2] == trained
