"""How well the tasks of the photographs can be learnt alone, and what expression can reach.

    python benchmarks/faces/faces.py --data FILE --study splits      how photographs are divided
    python benchmarks/faces/faces.py --data FILE --study expression  more data, network, detail

Writes one line a training to reports/faces/STUDY.csv and prints means with standard errors. Stop it
and call it again at will: what is in the file is not trained again. Seeds are 100 and up; the
relations of reports/faces are measured on seeds below 100.
"""

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from faces_classical import nearest, ridge
from torch.nn import functional as F

from gradsplit.tasksets.faces.images import standardised
from gradsplit.tasksets.faces.splits import Split, scenes
from gradsplit.tasksets.faces.task_set import Faces
from gradsplit.training.fit import fit

COLUMNS = ("variant", "task", "seed", "train", "test", "steps", "score", "training_score")
FACE = (slice(12, 52), slice(12, 52))  # rows and columns that hold the face in every pose


@dataclass(frozen=True)
class Expression(Faces):
    """Expression from all photographs of the training people, seen in other ways.

    Attributes:
        frontal: Only photographs that look straight at the camera without sunglasses.
        closer: Only the region of the face, at twice the size.
        centred: Minus the mean of the scene's photographs, in the test too: the network is told
            what this face looks like on average. Not a way to use the task, but a way to see
            whether the pictures differ at all.
    """

    frontal: bool = False
    closer: bool = False
    centred: bool = False

    def division(self) -> Split:
        """Everything of the people that pose is not tested on, against everything of those."""
        split, labels = super().division(), self.photographs().labels
        held_out = np.unique(labels["identity"][split.test["pose"]])
        test = np.isin(labels["identity"], held_out)
        chosen = np.ones_like(test)
        if self.frontal:
            chosen &= labels["pose"] == self.classes("pose").index("straight")
            chosen &= labels["eyes"] == self.classes("eyes").index("open")
        return replace(
            split,
            train={"expression": np.flatnonzero(chosen & ~test)},
            test={"expression": np.flatnonzero(chosen & test)},
        )

    def samples(
        self, task: str, part: Literal["train", "test"]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The photographs as the options show them."""
        images, target = super().samples(task, part)
        division = self.division()
        if self.centred:
            chosen = (division.train if part == "train" else division.test)[task]
            scene = scenes(self.photographs().labels)[chosen]
            for number in np.unique(scene):
                same = torch.from_numpy(scene == number)
                images[same] += 0.5 - images[same].mean(0)
        if self.closer:
            face = images[..., FACE[0], FACE[1]]
            images = F.interpolate(face, scale_factor=2, mode="bilinear")
        return images, target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--study", choices=sorted(STUDIES), required=True)
    parser.add_argument("--only", default="", help="variants whose name contains this")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--into", type=Path, default=Path("reports/faces"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.into.mkdir(parents=True, exist_ok=True)
    path = options.into / f"{options.study}.csv"
    if not path.exists():
        path.write_text(",".join(COLUMNS) + "\n")
    # Seed after seed, so that a stop leaves all variants with nearly the same seeds.
    for seed in range(100, 100 + options.seeds):
        for variant in STUDIES[options.study](options.data):
            if options.only in variant.name:
                measure(path, variant, seed)
    summarise(path)


Train = Callable[[Faces, str, int], tuple[float, float]]
"""(task set, task, seed) -> accuracy on test and on training photographs."""


@dataclass(frozen=True)
class Variant:
    """One way of learning a task.

    Attributes:
        name: For the table.
        task: What is learnt.
        taskset: From what.
        train: How.
    """

    name: str
    task: str
    taskset: Faces
    train: Train


def splits(data: Path) -> list[Variant]:
    kinds = {
        "by person, disjoint": Faces(data=data),
        "by person, shared": Faces(data=data, shared=True),
        "by image, disjoint": Faces(data=data, split="image"),
        "by image, shared": Faces(data=data, split="image", shared=True),
    }
    return [
        Variant(f"{name}{suffix}", task.name, taskset, train)
        for name, taskset in kinds.items()
        for suffix, train in (("", trained), (", nearest photograph", nearest))
        for task in taskset.tasks
    ]


def expression(data: Path) -> list[Variant]:
    everything = Expression(data=data).with_recipe(steps=600)
    longer = replace(everything, widths=(16, 32, 48, 64)).with_recipe(steps=1500)
    frontal = replace(everything, frontal=True).with_recipe(steps=300)
    variants: list[tuple[str, Faces, Train]] = [
        ("all photographs of 14 people", everything, trained),
        ("the same, edge directions and ridge", everything, ridge),
        ("the same, twice as wide and longer", longer, trained),
        ("the same, face at twice the size", replace(everything, closer=True), trained),
        ("frontal faces without sunglasses", frontal, trained),
        ("frontal, edge directions and ridge", frontal, ridge),
        ("minus the mean of the scene", replace(everything, centred=True), trained),
        ("frontal, minus the mean of the scene", replace(frontal, centred=True), trained),
    ]
    return [Variant(name, "expression", taskset, train) for name, taskset, train in variants]


STUDIES: dict[str, Callable[[Path], list[Variant]]] = {
    "splits": splits,
    "expression": expression,
}


def measure(path: Path, variant: Variant, seed: int) -> None:
    done = {(row["variant"], row["task"], row["seed"]) for row in rows(path)}
    if (variant.name, variant.task, str(seed)) in done:
        return
    seen = variant.taskset.for_seed(seed)
    sizes = [len(seen.samples(variant.task, part)[1]) for part in ("train", "test")]
    steps = variant.taskset.recipe.steps if variant.train is trained else 0
    scores = variant.train(variant.taskset, variant.task, seed)
    with path.open("a", newline="") as file:
        row = [variant.name, variant.task, seed, *sizes, steps]
        csv.writer(file).writerow([*row, *(f"{score:.4f}" for score in scores)])
    print(f"{variant.name:40s} {variant.task:10s} seed {seed}: {scores[0]:.3f}", flush=True)


def trained(taskset: Faces, task: str, seed: int) -> tuple[float, float]:
    """The accuracy on test and on training photographs after training alone."""
    fitted = fit(taskset, (task,), seed)
    images, target = taskset.for_seed(seed).samples(task, "train")
    with torch.no_grad():
        found = fitted.network(standardised(images), task).argmax(1)
    return fitted.scores[task], (found == target).double().mean().item()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def summarise(path: Path) -> None:
    """Mean and standard error of every variant and task as a Markdown table."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows(path):
        groups.setdefault((row["variant"], row["task"]), []).append(row)
    print(
        "\n| variant | task | photographs | steps | accuracy, % | in training | n |\n"
        "|---|---|---|---|---|---|---|"
    )
    for (variant, task), group in groups.items():
        scores = 100 * np.array([float(row["score"]) for row in group])
        learnt = 100 * np.mean([float(row["training_score"]) for row in group])
        error = scores.std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else float("nan")
        accuracy = f"{scores.mean():.1f} ± {error:.1f} | {learnt:.1f} | {len(scores)}"
        sizes = f"{group[0]['train']} + {group[0]['test']} | {group[0]['steps']}"
        print(f"| {variant} | {task} | {sizes} | {accuracy} |")


if __name__ == "__main__":
    main()
