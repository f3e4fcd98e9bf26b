from dataclasses import replace

import pytest
import torch

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.figures.task_set import Figures
from gradsplit.tasksets.planted.task_set import INPUTS, planted
from gradsplit.training.ensemble import member_bytes
from gradsplit.training.trainer import TaskSetTrainer
from relations import PairwiseProbe
from tests.gradsplit.toy_tasks import Toy


@pytest.mark.long
def test_data_of_a_seed_are_counted():
    found, plants = member_bytes(planted()), planted().plants
    for task, plant in plants.items():
        data = 4 * plant.samples * (INPUTS + len(plant.dimensions))
        assert data < found[task] < 3 * data + 300_000


@pytest.mark.long
def test_activations_grow_with_the_batch():
    small = Figures(height=32, width=16, pictures=80, identities=10, widths=(8, 8, 8, 8))
    once, twice, four = (
        member_bytes(small.with_recipe(batch_size=size))["pose"] for size in (8, 16, 32)
    )
    assert four - twice == pytest.approx(2 * (twice - once), rel=0.02)
    # The first map of the trunk alone, three times kept: convolved, normalised, rectified.
    assert twice - once > 3 * 8 * (8 * 8 * 4) * 4


@pytest.mark.slow
def test_copies_of_the_parameters_are_counted():
    narrow, wide = Toy(), replace(Toy(), width=400)
    last_layer = 8 * (400 * 400 - 8 * 8)
    assert member_bytes(wide)["sum"] - member_bytes(narrow)["sum"] > 8 * last_layer


def test_what_cannot_be_vectorised_is_said():
    class Branching(Toy):
        def loss(self, task, output, target):
            return super().loss(task, output, target) * (2 if output.sum() > 0 else 1)

    with pytest.raises(GradSplitError, match="cannot be computed for many runs at once"):
        member_bytes(Branching())


class Greedy(Toy):
    def loss(self, task, output, target):
        # More than a processor can address.
        return super().loss(task, output, target) + torch.empty(1 << 46).sum()


def test_a_lack_of_memory_is_not_called_a_lack_of_vectorisation():
    with pytest.raises(MemoryError, match=r"2 runs at once did not fit into memory\. .*alloc"):
        TaskSetTrainer(Greedy()).together([(("sum",), 0), (("sum",), 1)])


@pytest.mark.slow
def test_a_probe_chooses_its_members_by_memory(tmp_path, monkeypatch):
    sizes = []

    class Watched(TaskSetTrainer):
        def together(self, runs):
            sizes.append(len(runs))
            return super().together(runs)

    train = Watched(Toy())
    whole = member_bytes(train.taskset)
    room = 2 * 4 * max(whole.values())
    monkeypatch.setattr(Watched, "free_bytes", lambda self: room)
    probe = PairwiseProbe(train.taskset.tasks, train, range(2), tmp_path / "probe.db")
    probe.run("ensemble", progress=False)
    assert sum(sizes) == 12
    assert max(sizes) <= 4
    assert len(sizes) > 3
