"""Files of trained networks, with what they say of themselves."""

import json
from pathlib import Path
from random import Random
from typing import Any

import torch

from gradsplit.training.network import build_network
from gradsplit.training.network_file import TrainedAs, read_network, save_network
from gradsplit.training.rebuilt import rebuilt
from tests.fuzz.mutations import garbled
from tests.fuzz.reader import Files, Reader
from tests.gradsplit.toy_tasks import Toy

TASKS = ("sum", "class.sign")
_VALUES = (None, True, 0, -1, 1e999, "text", "", [], {}, ["sum"], {"sum": None}, {"sum": ["a"]})


class Networks(Reader):
    name = "networks"

    def originals(self) -> list[Any]:
        network = build_network(Toy(), TASKS, 0)
        about = TrainedAs.of(network, Toy(), 0)
        return [(dict(network.state_dict()), _said(about))]

    def same(self, random: Random, original: Any) -> Files:
        weights, about = original
        names = list(weights)
        random.shuffle(names)
        return _file({name: weights[name] for name in names}, json.dumps(about, indent=1))

    def changed(self, random: Random, original: Any) -> Files:
        weights, about = dict(original[0]), dict(original[1])
        for _ in range(random.choice((1, 1, 2))):
            kind = random.randrange(5)
            name = random.choice(list(weights))
            if kind == 0:
                weights[f"{name}.x"] = weights.pop(name)
            elif kind == 1:
                weights[name] = weights[name].reshape(-1)[:2].clone()
            elif kind == 2:
                weights[name] = weights[name].to(random.choice((torch.int64, torch.complex64)))
            elif kind == 3:
                about[random.choice(list(about))] = random.choice(_VALUES)
            else:
                about.pop(random.choice(list(about)))
        (content,) = _file(weights, json.dumps(about)).values()
        if random.random() < 0.3:
            content = garbled(random, content[:900]) + content[900:]
        return {"weights.safetensors": content}

    def read(self, folder: Path) -> Any:
        weights, trained_as = read_network(folder)
        made = rebuilt(weights, trained_as, Toy())
        values = {name: value.tolist() for name, value in made.network.state_dict().items()}
        return values, made.outputs, made.left_out


def _said(about: TrainedAs) -> dict[str, Any]:
    """What a file says, as JSON values."""
    from tempfile import TemporaryDirectory

    from safetensors import safe_open

    with TemporaryDirectory() as folder:
        path = Path(folder, "weights.safetensors")
        save_network(build_network(Toy(), TASKS, 0), path, about)
        with safe_open(path, framework="pt") as opened:
            return json.loads(opened.metadata()["gradsplit"])


def _file(weights: dict[str, torch.Tensor], about: str) -> Files:
    from safetensors.torch import save

    return {"weights.safetensors": save(weights, {"gradsplit": about})}
