"""What holds for every method that is registered."""

import json
import pickle

import numpy as np
import pytest
import torch

from gradsplit.training.fit import fit
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from tests.gradsplit.toy_tasks import InSingle, Toy
from tests.gradsplit.training.methods.toy_gradients import CUT, TASKS

OPTIONS = {
    "weights": "weights:sum=0.5",
    "dropgrad": "dropgrad:rate=0.5",
    "pcd": "pcd:primary=sum",
    "hydalearn": "hydalearn:main=sum",
    "quiet-source": "quiet-source:source=sum,target=error",
}
ELSEWHERE = {"apart-bn", "multi-head-bn", "multi-head-tbn", "task-adapters", "tuned-weights"}
"""Those that need norms or convolutions, and the one that trains others."""


def every_method() -> list[Method]:
    """Each registered method on the small network's tasks."""
    wanted = [OPTIONS.get(name, name) for name in registered() if name not in ELSEWHERE]
    return [build(method, lambda *_: CUT) for method in read_methods(wanted)]


EVERY = [*every_method(), LossWeights({"sum": 0.5}, of=MaskedTraining(CUT))]


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.settings()["method"])
def test_trains_and_leaves_nothing_behind(method: Method) -> None:
    fitted = fit(Toy(), TASKS, 0, method=pickle.loads(pickle.dumps(method)))
    assert all(np.isfinite(score) for score in fitted.scores.values())
    assert not any(one._backward_hooks for one in fitted.network.parameters())
    assert json.loads(json.dumps(method.settings())) == method.settings()
    again = fit(Toy(), TASKS, 0, method=method)
    assert again.scores == fitted.scores


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.settings()["method"])
def test_trains_in_half_precision(method: Method) -> None:
    fitted = fit(InSingle().with_recipe(precision="bfloat16"), TASKS, 0, method=method)
    assert all(np.isfinite(score) for score in fitted.scores.values())
    assert {one.dtype for one in fitted.network.parameters()} == {torch.float32}


def test_settings_tell_methods_apart() -> None:
    texts = [json.dumps(method.settings(), sort_keys=True) for method in EVERY]
    assert len(set(texts)) == len(texts)
