"""The paper's tables: each file can be compared as it is, on drawn people in the four formats."""

import tomllib

import pytest
import torch

from gradsplit.cli import main
from gradsplit.commands.options.of_file import compare_options
from gradsplit.studies.comparison.measured_mask import MeasuredMask
from gradsplit.studies.comparison.method_choice import check_methods, choose
from gradsplit.studies.comparison.other_sets import other_sets
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.methods.wanted import build
from tests.places import EXAMPLES

pytestmark = pytest.mark.long

PAPER = sorted((EXAMPLES / "paper").glob("*.toml"))
SMALL = {"backbone": "small", "pretrained": False, "height": 64, "width": 32, "workers": 0}
SMALL |= {"held_out": 0.3, "warmup": 0, "learning_rate": 0.003}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The files beside drawn people."""
    root = tmp_path_factory.mktemp("paper")
    for file in PAPER:
        (root / file.name).write_text(file.read_text())
    for kind in ("market1501", "pa100k", "mpii", "lip"):
        export_people(root / "data" / kind, kind, pictures=40, people=12, height=48)
    export_people(
        root / "unseen" / "market1501", "market1501",
        pictures=40, people=12, height=48, seed=1, light="night",
    )  # fmt: skip
    return root


def test_there_are_the_tables():
    layers = ["random-drop", "which-layer"]
    tables = ["cross-dataset", "four-tasks", "three-tasks", "larger-backbone", *layers]
    assert [file.stem for file in PAPER] == sorted(tables)


@pytest.mark.parametrize("file", PAPER, ids=lambda file: file.stem)
def test_every_method_of_a_table_can_be_trained(file, home, tmp_path):
    path = str(home / file.name)
    options = compare_options([path, "--set", *(f"{name}={one}" for name, one in SMALL.items())])
    taskset = load_taskset(path, {**SMALL, "steps": 1, "batch_size": 8})
    masks = MeasuredMask(VariantRuns(taskset, tmp_path / "probe.db"), [0], options["threshold"])
    chosen = choose(options["methods"])
    check_methods(chosen, taskset, masks, [1])
    pictures, _ = next(taskset.batches("attribute", 0))
    for name, wanted in chosen.items():
        network = build(wanted, masks.foreseen).network(taskset, taskset.task_names, 0)
        assert torch.isfinite(network.eval()(pictures, "attribute")).all(), name
    others = other_sets(options.get("also", ()), taskset, tmp_path)
    tasks = () if others is None else others.others[0].tasks
    assert tasks == (("attribute", "reid", "pose") if file.stem == "cross-dataset" else ())


def test_the_three_tasks_are_those_of_the_paper(home):
    assert load_taskset(str(home / "three-tasks.toml"), SMALL).task_names == (
        "attribute", "reid", "pose",
    )  # fmt: skip


@pytest.mark.parametrize("file", PAPER, ids=lambda file: file.stem)
def test_all_have_the_recipe_of_the_human_example(file):
    wanted = tomllib.loads((EXAMPLES / "human.toml").read_text())["recipe"]
    own = tomllib.loads(file.read_text())["recipe"]
    assert own == {name: wanted[name] for name in own}


@pytest.mark.slow
@pytest.mark.parametrize("file", PAPER, ids=lambda file: file.stem)
def test_a_table_is_made_by_one_command(file, home, tmp_path, capsys):
    words = ["--steps", "6", "--batch-size", "8", "--seeds", "2", "--probe-seeds", "1", "--quiet"]
    words += ["--absolute", "pose=-0.05", "--no-costs", "--out", str(tmp_path)]
    words += ["--set", *(f"{name}={str(one).lower()}" for name, one in SMALL.items())]
    assert main(["compare", str(home / file.name), *words]) == 0
    assert (tmp_path / "comparison.md").is_file()
    assert (tmp_path / "cross_dataset.csv").is_file() == (file.stem == "cross-dataset")
    assert "Traceback" not in capsys.readouterr().err
