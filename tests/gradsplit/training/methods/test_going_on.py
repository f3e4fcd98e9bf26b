"""Runs that were stopped go on to the same bits, by every method that says so."""

import os
import signal
from pathlib import Path

import pytest
import torch

from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.checkpoint import Checkpoints
from gradsplit.training.fit import fit
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.taskset import TaskSet
from relations.running.stopping import Stopped
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.test_every_method import EVERY
from tests.gradsplit.training.methods.toy_gradients import TASKS

LONGER = Toy().with_recipe(steps=8)
# With what has a say in eight steps already.
SOONER = [
    build(one) for one in read_methods(["dwa:block=2", "stch:warmup=0.5", "db-mtl:sigma=0", "gnr"])
]


# Of two phases, both of which are ended once.
PHASED = [build(one) for one in read_methods(["cross-stitch:alone=0.5", "nddr:alone=0.25"])]


def stop_at(step: int):
    def look(done, losses):
        if done == step:
            os.kill(os.getpid(), signal.SIGTERM)

    return look


@pytest.mark.parametrize(
    "method",
    [one for one in [*EVERY, *SOONER, *PHASED] if one.can_go_on],
    ids=lambda method: method.settings()["method"],
)
@pytest.mark.parametrize("step", [1, 5])
def test_a_stopped_run_goes_on_to_the_same_bits(method: Method, step: int, tmp_path: Path) -> None:
    assert_goes_on(LONGER, TASKS, method, step, tmp_path)


@pytest.mark.parametrize("words", ["apart-bn", "multi-head-bn", "multi-head-tbn", "task-adapters"])
def test_so_do_those_of_convolutions(words: str, tmp_path: Path) -> None:
    people = load_taskset("figures", {"preset": "quick"}).with_recipe(steps=3)
    (wanted,) = read_methods([words])
    assert build(wanted).can_go_on
    assert_goes_on(people, ("attribute", "reid"), build(wanted), 2, tmp_path)


def assert_goes_on(
    taskset: TaskSet, tasks: tuple[str, ...], method: Method, step: int, folder: Path
) -> None:
    whole = fit(taskset, tasks, 0, method=method)
    checkpoint = Checkpoints(folder, {"method": method.settings()}).of(tasks, 0)
    with pytest.raises(Stopped):
        fit(taskset, tasks, 0, method=method, checkpoint=checkpoint, on_step=stop_at(step))
    seen: list[int] = []
    gone_on = fit(
        taskset, tasks, 0, method=method, checkpoint=checkpoint,
        on_step=lambda done, losses: seen.append(done),
    )  # fmt: skip
    assert seen[0] == step + 1
    assert gone_on.losses == whole.losses
    assert gone_on.scores == whole.scores
    for name, value in whole.network.state_dict().items():
        assert torch.equal(gone_on.network.state_dict()[name], value), name
