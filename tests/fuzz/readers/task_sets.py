"""What task sets are made of: configurations, own Python files, trained weights, photographs."""

import io
import json
import random as standard
import sys
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import nn

from gradsplit import TaskSetTrainer, load_network, load_taskset, network_facts
from gradsplit.errors import GradSplitError
from gradsplit.tasksets.contract import check_taskset
from gradsplit.tasksets.faces.data import LABELS, read_photographs
from gradsplit.tasksets.trained_trunk import _saved, load_trunk
from gradsplit.training.network_file import FORMAT, NetworkFacts
from relations.errors import RelationsError
from tests.fuzz import junk
from tests.fuzz.mutations import changed_value, garbled, json_bytes, reordered
from tests.fuzz.reader import Files, Reader

CONFIGURATION = """taskset = "planted"

[options]
width = 8

[recipe]
steps = 2
batch_size = 4
learning_rate = 3e-4
"""
OWN = """from torch import nn
import torch
from gradsplit import Recipe, Task, TaskSet

class Own(TaskSet):
    name = "own"
    tasks = (Task("pose"), Task("reid", higher_is_better=False))
    split_modules = ("last",)
    recipe = Recipe(steps=2, batch_size=4)

    def trunk(self):
        trunk = nn.Sequential(nn.Linear(3, 4))
        trunk.add_module("last", nn.Linear(4, 4))
        return trunk

    def head(self, task):
        return nn.Linear(4, 1)

    def batches(self, task, seed):
        while True:
            yield torch.ones(4, 3), torch.ones(4, 1)

    def loss(self, task, output, target):
        return (output - target).square().mean()

    def score(self, task, predict):
        return predict(torch.ones(2, 3)).sum().item()

own = Own()
"""
_VALUES = (
    *("None", "True", "0", "-1", "1e999", "float('nan')", "'text'", "()", "[]", "{}", "print"),
    *("Task('a')", "(Task('a'), Task('a'))", "('a', 'b')", "lambda *_: None", "1 / 0", "Task"),
    *("nn.Linear(4, 4)", "torch.ones(2)", "torch.ones(())", "open('nowhere')", "exit(3)", "own"),
    *("Recipe(steps=0)", "Recipe(steps='x')", "__import__('nowhere')", "object()", "Own", "..."),
    *("iter(())", "'\\x1b[31m'", "'\\ud800'", "(Task('<b>'),)", "10 ** 400", "dict", "range(3)"),
)
_TOML = (
    *('"text"', "[]", "{}", "[1, 2]", "0", "-1", "1e999", "nan", "true", '""', "1979-05-27"),
    *("{pose = -1}", '{pose = "x"}', "[[1]]", '"../outside"', '"\\u0000"', "99999999999999999999"),
    *('"planted:tasks"', '"nowhere.py:x"', '"x.toml"', '"math:tau"', '"faces"', '"human"'),
)


class Configurations(Reader):
    name = "configurations"

    def originals(self) -> list[Any]:
        return [CONFIGURATION]

    def same(self, random: Random, original: str) -> Files:
        text = original.replace("\n", random.choice(("\n", "\r\n", "  # a word\n")))
        return {"set.toml": text.encode(random.choice(("utf-8", "utf-8-sig")))}

    def changed(self, random: Random, original: str) -> Files:
        lines = original.splitlines()
        for _ in range(random.choice((1, 1, 2))):
            at = random.randrange(len(lines))
            key = lines[at].partition(" = ")[0]
            kind = random.randrange(4)
            if kind == 0:
                del lines[at]
            elif kind == 1:
                lines.insert(random.randrange(len(lines)), lines[at])
            else:
                keys = (key, key, "data", "optimizer", "schedule", "weights", "device", '"a b"')
                lines[at] = f"{random.choice(keys)} = {random.choice(_TOML)}"
        content = "\n".join(lines).encode()
        return {"set.toml": garbled(random, content) if random.random() < 0.3 else content}

    def read(self, folder: Path) -> Any:
        made = load_taskset(str(folder / "set.toml"))
        return made.name, made.task_names, repr(made.recipe), getattr(made, "width", None)


class OwnTaskSets(Reader):
    name = "own"

    def originals(self) -> list[Any]:
        return [OWN]

    def same(self, random: Random, original: str) -> Files:
        return {"mine.py": original.replace("\n\n", "\n\n# a word\n\n").encode()}

    def changed(self, random: Random, original: str) -> Files:
        lines = original.splitlines()
        # Without its yield the loop around it is the user's own hang.
        at = random.choice([at for at, line in enumerate(lines) if "yield" not in line])
        line, value = lines[at], random.choice(_VALUES)
        kind = random.randrange(5)
        if kind == 0:
            lines[at] = " " * (len(line) - len(line.lstrip())) + "pass"
        elif kind == 1:
            del lines[at]
        elif kind == 2:
            lines.insert(at, random.choice(("x = " + value, "    " + value, '"""', "raise", "(")))
        elif " = " in line:
            lines[at] = f"{line.partition(' = ')[0]} = {value}"
        elif "return " in line:
            lines[at] = f"{line.partition('return ')[0]}return {value}"
        else:
            lines[at] = line.replace("task", "other")
        content = "\n".join(lines).encode()
        return {"mine.py": garbled(random, content) if random.random() < 0.1 else content}

    def read(self, folder: Path) -> Any:
        before, path = set(sys.modules), list(sys.path)
        try:
            made = load_taskset(f"{folder / 'mine.py'}:own")
            check_taskset(made)
            return made.name, made.task_names, repr(made.recipe)
        finally:
            for name in set(sys.modules) - before:
                if name.startswith("gradsplit_file_"):
                    del sys.modules[name]
            sys.path[:] = path


def _trunk() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 3), nn.GroupNorm(1, 3))


class Weights(Reader):
    name = "weights"

    def originals(self) -> list[Any]:
        weights = {f"trunk.{name}": value for name, value in _trunk().state_dict().items()}
        return [{**weights, "heads.pose.weight": torch.ones(1, 3)}]

    def same(self, random: Random, original: Any) -> Files:
        names = list(original)
        random.shuffle(names)
        return {"weights.safetensors": _saved_bytes({name: original[name] for name in names})}

    def changed(self, random: Random, original: Any) -> Files:
        weights = dict(original)
        for _ in range(random.choice((0, 1, 2))):
            name = random.choice(list(weights))
            value = weights.pop(name)
            kinds = (torch.float64, torch.int64, torch.bool, torch.complex64, torch.float8_e5m2)
            kind = random.randrange(5)
            if kind == 0:
                weights[junk.name(random).encode(errors="replace").decode()] = value
            elif kind == 1:
                weights[name] = value.to(random.choice(kinds))
            elif kind == 2:
                weights[name] = value.reshape(-1)[:2].clone()
            elif kind == 3 and value.is_floating_point():
                weights[name] = torch.full_like(value, float("nan"))
            if not weights:
                break
        content = _saved_bytes(weights)
        if random.random() < 0.5:
            # The first bytes are the length of the JSON behind them.
            content = garbled(random, content[:400]) + content[400:]
        return {"weights.safetensors": content}

    def read(self, folder: Path) -> Any:
        _saved.cache_clear()
        trunk = load_trunk(_trunk(), folder / "weights.safetensors")
        assert all(value.dtype == torch.float32 for value in trunk.state_dict().values())
        return {name: value.tolist() for name, value in trunk.state_dict().items()}


def _saved_bytes(weights: dict[str, torch.Tensor]) -> bytes:
    from safetensors.torch import save

    return save({name: value.contiguous() for name, value in weights.items()})


class TrainedNetworks(Reader):
    name = "trained-networks"

    def originals(self) -> list[Any]:
        side: dict[str, float | None] = {"pose@half": None}
        settings = TaskSetTrainer(load_taskset("planted")).settings()
        return [
            json.loads(NetworkFacts((task,), 0, "", {task: 0.5}, said, side).texts()[FORMAT])
            for task, said in (("pose", {"method": None}), ("loud", settings))
        ]

    def same(self, random: Random, original: Any) -> Files:
        return _network(json_bytes(random, reordered(random, original)))

    def changed(self, random: Random, original: Any) -> Files:
        content = json_bytes(random, changed_value(random, original))
        return _network(garbled(random, content) if random.random() < 0.3 else content)

    def read(self, folder: Path) -> Any:
        facts = network_facts(folder)
        with suppress(GradSplitError, RelationsError):
            load_network(folder)
        return facts


def _network(facts: bytes) -> Files:
    from safetensors.torch import save

    said = {FORMAT: facts.decode("utf-8-sig", errors="replace")}
    return {"weights.safetensors": save({"trunk.weight": torch.ones(2)}, said)}


class Photographs(Reader):
    name = "photographs"

    def originals(self) -> list[Any]:
        people = 5
        labels = {name: np.array([f"{name}{n % people % 2}" for n in range(20)]) for name in LABELS}
        labels["identity"] = np.array([f"person{n % people}" for n in range(20)])
        image = np.frombuffer(standard.Random(0).randbytes(20 * 6), np.uint8).reshape(20, 2, 3)
        return [{"image": image, **labels}]

    def same(self, random: Random, original: Any) -> Files:
        save = random.choice((np.savez, np.savez_compressed))
        return {"faces.npz": _packed(original, save)}

    def changed(self, random: Random, original: Any) -> Files:
        arrays = dict(original)
        for _ in range(random.choice((0, 1, 1, 2))):
            name = random.choice(list(arrays))
            array = arrays.pop(name)
            kind = random.randrange(6)
            if kind == 0:
                arrays["another"] = array
            elif kind == 1 and array.ndim:
                arrays[name] = array[: random.randrange(20)]
            elif kind == 2:
                arrays[name] = np.zeros((), dtype=array.dtype)
            elif kind == 3:
                arrays[name] = np.arange(20).astype(random.choice(("f4", "U3", "M8[s]", "c8", "?")))
            elif kind == 4:
                arrays[name] = np.array([junk.name(random) for _ in range(20)])
            if not arrays:
                break
        content = _packed(arrays, random.choice((np.savez, np.savez_compressed)))
        content = garbled(random, content) if random.random() < 0.5 else content
        if random.random() < 0.2:  # a shape that no memory holds
            content = content.replace(
                b"(20,)", random.choice((b"(9e9,)", b"(-1,)", b"(1" + b"0" * 12))
            )
        return {"faces.npz": content}

    def read(self, folder: Path) -> Any:
        read = read_photographs.__wrapped__(folder / "faces.npz")
        return read.image.tolist(), read.classes, {n: v.tolist() for n, v in read.labels.items()}


def _packed(arrays: Any, save: Any) -> bytes:
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()
