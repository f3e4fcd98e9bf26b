"""Scores of every training at tiny sizes: what moves them is another training, and has a number.

`python -m tests.contract.test_pinned_trainings` writes pinned-trainings.json anew, after a raised
`revision`. One pin is for every torch: from 2.8 to 2.14 they differ in last digits alone, which
three steps do not raise to the tolerance.
"""

import json
import tempfile
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest

from gradsplit.tasksets import built_in
from gradsplit.tasksets.human.export import export_people
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fingerprint import TRAINING
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.trainer import TaskSetTrainer
from relations import GradientMask
from tests.gradsplit.tasksets.faces.test_faces import stored

HERE = Path(__file__).parent
PINNED = HERE / "pinned-trainings.json"
OWN = f"{HERE / 'own_tasks.py'}:Shapes"
TORCH = ".".join(version("torch").split(".")[:2])
HOW = "python -m tests.contract.test_pinned_trainings"

SMALL = {
    "figures": {"height": 32, "width": 16, "pictures": 60, "identities": 10, "batch_size": 8},
    "faces": {"widths": (4, 4, 4, 4), "batch_size": 4},
    "human": {"height": 64, "width": 32, "backbone": "small", "workers": 0, "batch_size": 4},
}
"""Options of task sets that are too large as they are."""
OPTIONS = {
    "weights": "weights:shape=0.5",
    "dropgrad": "dropgrad:rate=0.5",
    "pcd": "pcd:primary=shape",
    "hydalearn": "hydalearn:main=shape",
    "quiet-source": "quiet-source:source=shape,target=light",
}
RECIPES = {
    "adamw": {"weight_decay": 0.1, "warmup": 2},
    "adam": {"schedule": "constant"},
    "sgd": {"learning_rate": 0.01, "weights": {"shape": 0.5}},
}
MASK = GradientMask(
    ["shape", "place", "light"], [[True, False, True], [True, True, False], [False, True, True]]
)


def of_task_set(name, folder):
    """The first pair's losses and scores after two steps, with the revision of the task set."""
    options = {"steps": 2} | SMALL.get(name, {})
    if name == "faces":
        options["data"] = stored(folder)
    if name == "human":
        for kind in ("market1501", "lip"):
            export_people(folder / kind, kind, pictures=48, people=12, height=64, seed=0)
            options[kind] = folder / kind
    taskset = load_taskset(name, options)
    return {"revision": taskset.revision, **_trained(taskset, taskset.task_names[:2])}


def of_method(name):
    """A joint run of the own task set, with the revisions of the method."""
    wanted = read_methods((OPTIONS.get(name, name),))[0]
    method = build(wanted, lambda *_: MASK)
    taskset = load_taskset(OWN, {"steps": 3, "batch_size": 8})
    return {"revision": method.revisions(), **_trained(taskset, taskset.task_names, method)}


def of_recipe(optimizer):
    """A single-task run of the own task set, with the revision of the training."""
    taskset = load_taskset(OWN, {"steps": 3, "optimizer": optimizer, **RECIPES[optimizer]})
    return {"revision": TRAINING, **_trained(taskset, ("shape",))}


def _trained(taskset, tasks, method=None):
    fitted = TaskSetTrainer(taskset, method=method).fitted(tasks, 0)
    losses = {task: [float(loss) for loss in fitted.losses[task]] for task in tasks}
    return {"losses": losses, "scores": fitted.scores}


def check(kind, name, measured):
    pinned = json.loads(PINNED.read_text())
    assert name in pinned[kind], f"nothing is pinned for {name}: {HOW}"
    then = pinned[kind][name]
    assert measured["revision"] == then["revision"], (
        f"the scores of {name} are those of revision {then['revision']}: {HOW}"
    )
    for what in ("losses", "scores"):
        now = _flat(measured[what])
        assert now == pytest.approx(_flat(then[what]), rel=1e-3, abs=1e-5), (
            f"this changes trainings: raise `revision` of {name} ({kind}), then {HOW}"
        )


def _flat(values):
    return list(chain(*(one if isinstance(one, list) else [one] for one in values.values())))


@pytest.mark.parametrize("name", built_in())
def test_a_task_set_trains_what_its_revision_says(name, tmp_path):
    check("task sets", name, of_task_set(name, tmp_path))


@pytest.mark.parametrize("name", [name for name in registered() if name != "tuned-weights"])
def test_a_method_trains_what_its_revision_says(name):
    check("methods", name, of_method(name))


@pytest.mark.parametrize("optimizer", RECIPES)
def test_the_training_is_what_its_revision_says(optimizer):
    check("training", optimizer, of_recipe(optimizer))


def test_a_changed_training_is_named():
    changed = of_recipe("sgd")
    changed["scores"] = {"shape": changed["scores"]["shape"] + 0.1}
    with pytest.raises(AssertionError, match="changes trainings: raise `revision` of sgd"):
        check("training", "sgd", changed)


def write():
    """Pin what is trained now."""
    with tempfile.TemporaryDirectory() as folder:
        task_sets = {name: of_task_set(name, Path(folder)) for name in built_in()}
    by_method = {name: of_method(name) for name in registered() if name != "tuned-weights"}
    recipes = {optimizer: of_recipe(optimizer) for optimizer in RECIPES}
    pinned = {"torch": TORCH, "task sets": task_sets, "methods": by_method, "training": recipes}
    PINNED.write_text(json.dumps(pinned, indent=1) + "\n")


if __name__ == "__main__":
    write()
