import json
import pickle
import subprocess
import sys

import pytest

from gradsplit.cli import main
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.causes.capacity import wider
from gradsplit.studies.diagnosis.causes.unfinished import longer
from gradsplit.tasksets import built_in
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.fit import fit
from gradsplit.training.trainer import TaskSetTrainer
from tests.places import EXAMPLES, TOY_TASKS

TOY = TOY_TASKS


@pytest.mark.parametrize("reference", [f"{TOY}:Toy", f"{TOY}:toy", "tests.gradsplit.toy_tasks:Toy"])
def test_classes_functions_files_and_modules(reference):
    taskset = load_taskset(reference, {"steps": "9"})
    assert taskset.name == "toy"
    assert taskset.recipe.steps == 9
    assert taskset.recipe.batch_size == 4


OWN = f"{EXAMPLES / 'own_tasks.py'}"
MINE = f"""
import sys
from dataclasses import dataclass, replace
sys.path.append({str(EXAMPLES)!r})
from own_tasks import Shapes
class Wide(Shapes):
    def with_width(self, factor):
        return replace(self, samples=int(self.samples * factor))
    def for_seed(self, seed):
        return replace(self, samples=40 + seed)
tasks = Wide().with_recipe(steps=2, optimizer="sgd")
"""


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    return f"{path}:tasks"


def test_what_the_user_made_is_what_is_trained(mine):
    """Its class has no field `recipe`, so that building it anew would lose the recipe."""
    for options in ({}, {"samples": "50"}):
        taskset = load_taskset(mine, options)
        assert (taskset.recipe.steps, taskset.recipe.optimizer) == (2, "sgd")
    assert load_taskset(mine, {"samples": "50", "steps": "3"}).recipe.steps == 3
    assert load_taskset(mine, {"samples": "50"}).samples == 50
    assert load_taskset(f"{OWN}:Shapes").recipe.steps == 300


def test_a_plan_speaks_of_the_steps_the_user_made(mine, capsys):
    assert main(["plan", mine, "--seeds", "1"]) == 0
    assert "2 steps a run" in capsys.readouterr().out


def test_a_task_set_of_a_seed_and_another_width_keep_the_recipe(mine):
    taskset = load_taskset(mine)
    assert len(fit(taskset, ("light",), 0).losses["light"]) == 2
    assert len(fit_ensemble(taskset, [(("light",), 0)])[0].losses["light"]) == 2
    edge = ("shape", "light")
    assert wider(edge).changed(taskset).recipe == taskset.recipe
    assert longer(edge).changed(taskset).recipe.steps == 4


def test_an_instance_with_presets_takes_another_preset(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "from gradsplit.tasksets.figures.task_set import Figures\nTASKS = Figures(height=32)\n"
    )
    quick = load_taskset(f"{path}:TASKS", {"preset": "quick"})
    assert (quick.height, quick.recipe.batch_size) == (32, 24)


def test_an_instance_takes_options_too(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"import sys\nsys.path.append({str(TOY.parent)!r})\n")
    path.write_text(path.read_text() + "from toy_tasks import Toy\nTASKS = Toy(width=5)\n")
    assert load_taskset(f"{path}:TASKS").width == 5
    assert load_taskset(f"{path}:TASKS", {"width": "12"}).width == 12
    with pytest.raises(TaskSetError, match="`depth` is not one of them"):
        load_taskset(f"{path}:TASKS", {"depth": 1})
    with pytest.raises(TaskSetError, match="Did you mean `steps`"):
        load_taskset(f"{path}:TASKS", {"stps": 1})


@pytest.mark.parametrize("name", [name for name in built_in() if name.startswith("planted")])
def test_built_in_planted_sets_bear_their_name(name):
    assert load_taskset(name).name == name
    assert load_taskset(name, {"width": "9", "learning_rate": "1"}).width == 9


def test_names_are_listed_without_torch():
    code = (
        "import sys; from gradsplit.tasksets import built_in; print(*built_in()); "
        "assert not {'torch', 'numpy', 'PIL'} & set(sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "planted-near" in run.stdout.split()


@pytest.mark.parametrize(
    ("reference", "options", "message"),
    [
        ("figure", {}, "no task set `figure`.*built in are .*faces, figures, human, planted"),
        ("planted:", {}, "no task set `planted:`"),
        (":Toy", {}, "no task set"),
        ("no.such.module:Toy", {}, "no module `no`"),
        ("gradsplit.no_such:Toy", {}, "no module `gradsplit.no_such`"),
        ("no_such.py:Toy", {}, "no file `no_such.py`"),
        (f"{TOY}:Tay", {}, "defines no `Tay`. It defines .*Toy"),
        (f"{TOY}:Tensor", {}, "class `Tensor`|a Tensor"),
        (f"{TOY}:nn", {}, "a module, not a task set"),
        ("planted", {"depth": 3, "high": 1}, "`depth` is not.*\n.*`high`"),
        ("planted", {"depth": 3}, "has the options width, batch_size, .*warmup"),
        ("planted", {"steps": "many"}, "`steps` must be of type int, got 'many'"),
        ("planted", {"steps": "1.5"}, "`steps` must be of type int"),
        ("planted", {"steps": 0}, "steps must be a whole number of at least 1, got 0"),
        ("planted", {"optimizer": "rmsprop"}, "optimizer must be 'adamw', 'adam' or 'sgd'"),
    ],
)
def test_mistakes_say_what_there_is(reference, options, message):
    with pytest.raises(TaskSetError, match=f"(?s){message}"):
        load_taskset(reference, options)


def test_a_file_that_fails_says_why(tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("import this_is_not_installed\n")
    with pytest.raises(TaskSetError, match="this_is_not_installed"):
        load_taskset(f"{path}:Toy")
    path.write_text("class Toy(:\n")
    with pytest.raises(TaskSetError, match="SyntaxError"):
        load_taskset(f"{path}:Toy")


def test_an_option_without_default_is_asked_for(tmp_path):
    path = tmp_path / "asking.py"
    path.write_text("def tasks(data):\n    return data\n")
    with pytest.raises(TaskSetError, match=r"missing 1 required .*'data'"):
        load_taskset(f"{path}:tasks")


def test_an_abstract_class_says_what_is_missing(tmp_path):
    path = tmp_path / "half.py"
    path.write_text("from gradsplit import TaskSet\nclass Half(TaskSet):\n    name = 'half'\n")
    with pytest.raises(TaskSetError, match=r"(?s)cannot be built.*(abstract|batches)"):
        load_taskset(f"{path}:Half")


@pytest.mark.long
def test_a_task_set_from_a_file_can_be_pickled_and_trained_in_a_process_of_its_own(tmp_path):
    path = tmp_path / "trainer.pkl"
    trainer = TaskSetTrainer(load_taskset(f"{TOY}:Toy"))
    path.write_bytes(pickle.dumps(trainer))
    code = (
        "import sys, pickle, json, pathlib\n"
        "from gradsplit.tasksets.registry import load_taskset\n"
        f"trainer = pickle.loads(pathlib.Path({str(path)!r}).read_bytes())\n"
        "print(json.dumps(trainer(('sum',), 0)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == trainer(("sum",), 0)
