"""Configuration files, and the example of docs/human.md from folders to a table."""

import json
import tomllib

import pytest

from gradsplit.cli import main
from gradsplit.errors import TaskSetError
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.registry import load_taskset, options_of
from tests.places import EXAMPLES, TOY_TASKS

pytestmark = pytest.mark.long

EXAMPLE = EXAMPLES / "human.toml"
TINY = ("height=64", "width=32", "backbone=small", "pretrained=false", "workers=0")
TOY = TOY_TASKS


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The example beside drawn people in its four folders."""
    root = tmp_path_factory.mktemp("study")
    (root / "human.toml").write_text(EXAMPLE.read_text())
    for kind in ("market1501", "pa100k", "mpii", "lip"):
        export_people(root / "data" / kind, kind, pictures=40, people=12, height=48, seed=0)
    return root / "human.toml"


def written(folder, text):
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


def test_a_file_gives_options_and_recipe(tmp_path):
    path = written(
        tmp_path,
        'taskset = "planted"\n[options]\nwidth = 9\n'
        "[recipe]\nsteps = 7\n[recipe.weights]\nloud = 2",
    )
    taskset = load_taskset(path)
    assert (taskset.name, taskset.width, taskset.recipe.steps) == ("planted", 9, 7)
    assert taskset.recipe.weights == {"loud": 2}
    # What is given on the command line goes before the file.
    assert load_taskset(path, {"width": "11", "steps": "3"}).width == 11
    assert load_taskset(path, {"steps": "3"}).recipe.steps == 3


def test_task_sets_in_files_lie_relative_to_the_configuration(tmp_path, monkeypatch):
    (tmp_path / "tasks.py").write_text(TOY.read_text())
    path = written(tmp_path, 'taskset = "tasks.py:Toy"\n[options]\nwidth = 5')
    monkeypatch.chdir("/")
    assert load_taskset(path).width == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width = [", ["no TOML file"]),
        ("", ["names no task set"]),
        ("taskset = 3\nsteps = 4\n[option]\na = 1", ["`taskset` must be", "`steps`", "`option`"]),
        ('taskset = "planted"\noptions = 3', ["`options` must be a table [options], got 3"]),
        (
            'taskset = "planted"\n[options]\ndepth = 3\nsteps = 4\n[recipe]\nwidth = 3',
            [
                "`depth` in [options]",
                "`steps` in [options]",
                "belongs into [recipe]",
                "`width` in [recipe]",
            ],
        ),
        ('taskset = "planned"', ["no task set `planned`"]),
        ('taskset = "other.toml"', ["no task set `other.toml`"]),
        (
            'taskset = "planted"\n[recipe]\nsteps = "many"',
            ["`steps` must be of type int, got 'many'"],
        ),
    ],
)
def test_mistakes_are_said_at_once(tmp_path, text, said):
    with pytest.raises(TaskSetError) as caught:
        load_taskset(written(tmp_path, text))
    for part in said:
        assert part in str(caught.value), str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(TaskSetError, match="no configuration file"):
        load_taskset(str(tmp_path / "none.toml"))


def test_the_example_names_every_option_and_its_folders(study):
    found = tomllib.loads(EXAMPLE.read_text())
    assert EXAMPLE.read_text() in (EXAMPLE.parents[1] / "human.md").read_text()
    assert set(found["options"]) <= set(options_of("human"))
    taskset = load_taskset(str(study), {"backbone": "small", "pretrained": False})
    assert taskset.lip == study.parent / "data" / "lip"
    assert taskset.task_names == ("attribute", "reid", "pose", "parsing")
    # It says what the defaults are, where they are the paper's study.
    assert taskset.recipe.steps == 40_000
    assert taskset.recipe.weights == dict.fromkeys(taskset.task_names, 1.0)


def test_the_example_is_planned_and_trained_by_the_command_line(study, tmp_path, capsys):
    words = [str(study), "--set", *TINY, "--batch-size", "4"]
    assert main(["plan", *words, "--seeds", "2", "--measure", "2"]) == 0
    assert "20 runs" in capsys.readouterr().out
    train = ["train", *words, "--steps", "2", "--out", str(tmp_path), "--quiet"]
    assert main(train) == 0
    assert set(json.loads((tmp_path / "scores.json").read_text())) == {
        "attribute",
        "reid",
        "pose",
        "parsing",
    }


def test_relations_are_found_on_validation_and_the_table_is_of_the_test(study, tmp_path, capsys):
    two = written(
        study.parent,
        'taskset = "human"\n[options]\nmarket1501 = "data/market1501"\npa100k = "data/pa100k"',
    )
    words = [two, "--set", *TINY, "--batch-size", "4", "--steps", "2"]
    probe = ["probe", *words, "--out", str(tmp_path / "probe"), "--seeds", "1", "--quiet"]
    # In a worker process whose batches come from processes of its own.
    places = ["--executor", "processes", "--workers", "1"]
    assert main([*probe, *places, "--set", *TINY[:-1], "workers=1"]) == 0
    assert main(["mask", str(tmp_path / "probe"), "--out", str(tmp_path / "mask.json")]) == 0
    capsys.readouterr()
    final = [two, "--set", *TINY, "judge=test", "--batch-size", "4", "--steps", "2"]
    # Scores on the test are no runs of the validation's ledger.
    assert main(["probe", *final, "--out", str(tmp_path / "probe"), "--seeds", "1"]) == 2
    assert "judge" in capsys.readouterr().err
    methods = ["--methods", "multi-head", "gradsplit", "--mask", str(tmp_path / "mask.json")]
    table = ["compare", *final, *methods, "--seeds", "1", "--out", str(tmp_path / "table")]
    assert main([*table, "--no-costs"]) == 0
    assert "reid" in capsys.readouterr().out
