"""KD-MTL: its teachers, a step by hand, its limits."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.fit import fit
from gradsplit.training.kept_networks import KeptNetworks
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.distilled.feature_distance import FeatureDistance
from gradsplit.training.methods.distilled.kd_mtl import KdMtl
from gradsplit.training.methods.distilled.teacher import Teacher
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.on_top import balanced
from gradsplit.training.network import build_network
from gradsplit.training.seeding import seeded
from gradsplit.training.trainer import TaskSetTrainer
from relations.runs import Run
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import TASKS

close = torch.testing.assert_close


class Dropping(Toy):
    """Draws in training, from torch's global generator."""

    def trunk(self) -> nn.Module:
        return nn.Sequential(super().trunk(), nn.Dropout(0.5))


def new_run(toy: Toy) -> Training:
    return Training(toy, build_network(toy, TASKS, 3), 3, MultiHead().optimizer)


@pytest.mark.parametrize("toy", [Toy(), Dropping()], ids=["toy", "with dropout"])
def test_teachers_are_the_single_task_networks_of_the_seed(toy: Toy) -> None:
    for task in TASKS:
        with seeded(3, "training"):
            teacher = Teacher(new_run(toy), task, None)
        alone = fit(toy, (task,), 3).network
        for name, value in alone.state_dict().items():
            assert torch.equal(teacher.network.state_dict()[name], value)
        inputs, _ = next(toy.batches(task, 0))
        (features,) = teacher.features(inputs)
        assert torch.equal(features, alone.trunk(inputs))
        assert not features.requires_grad
        assert not teacher.network.trunk._forward_hooks


@pytest.mark.parametrize("toy", [Toy(), Dropping()], ids=["toy", "with dropout"])
def test_without_strength_it_is_multi_head(toy: Toy) -> None:
    taught, plain = fit(toy, TASKS, 3, method=KdMtl(strength=0.0)), fit(toy, TASKS, 3)
    assert taught.losses == plain.losses
    assert taught.scores == plain.scores


def test_one_task_alone_is_ordinary_training() -> None:
    taught, plain = fit(Toy(), ("sum",), 3, method=KdMtl()), fit(Toy(), ("sum",), 3)
    assert taught.losses == plain.losses


@pytest.mark.parametrize("modules", [None, ("0", "last")])
def test_steps_are_those_of_a_slow_twin(modules: tuple[str, ...] | None) -> None:
    toy = Toy().with_recipe(optimizer="sgd", schedule="constant", learning_rate=0.02)
    method = KdMtl(strength=2.0, rate=0.1, weight_decay=0.01, modules=modules)
    ours = fit(toy, TASKS, 0, method=method).network.state_dict()

    def features(network: nn.Module, inputs: Tensor) -> list[Tensor]:
        first = network.trunk[0](inputs)
        whole = network.trunk(inputs)
        return [whole] if modules is None else [first, whole]

    network = build_network(toy, TASKS, 0)
    teachers = {task: fit(toy, (task,), 0).network for task in TASKS}
    maps = {}
    for task in TASKS:
        with seeded(0, "kd-mtl", task):
            inputs, _ = next(toy.batches(task, 0))
            maps[task] = FeatureDistance(features(teachers[task], inputs))
    optimizers = [torch.optim.SGD(network.parameters(), lr=0.02, momentum=0.9)] + [
        torch.optim.SGD(one.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
        for one in maps.values()
    ]
    data = {task: toy.batches(task, 0) for task in TASKS}
    for _ in range(toy.recipe.steps):
        total = torch.zeros(())
        for task in TASKS:
            inputs, target = next(data[task])
            with torch.no_grad():
                taught = features(teachers[task], inputs)
            total = total + toy.loss(task, network(inputs, task), target)
            total = total + 2 * maps[task](features(network, inputs), taught)
        for optimizer in optimizers:
            optimizer.zero_grad()
        total.backward()
        for optimizer in optimizers:
            optimizer.step()
    for name, value in network.state_dict().items():
        close(ours[name], value, rtol=1e-9, atol=1e-12)


def test_a_trunk_may_give_any_structure() -> None:
    class Pyramid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 3).double()

        def forward(self, inputs: Tensor) -> dict[str, Any]:
            fine = self.conv(inputs.view(-1, 1, 1, 5).expand(-1, 1, 5, 5))
            return {"levels": (fine, fine.mean((2, 3))), "which": torch.zeros(1, dtype=torch.long)}

    class Head(nn.Module):
        def __init__(self, outputs: int) -> None:
            super().__init__()
            self.linear = nn.Linear(4, outputs).double()

        def forward(self, features: dict[str, Any]) -> Tensor:
            return self.linear(features["levels"][1])

    class Levels(Toy):
        def trunk(self) -> nn.Module:
            return Pyramid()

        def head(self, task: str) -> nn.Module:
            return Head(2 if task == "class.sign" else 1)

    taught, plain = fit(Levels(), TASKS, 0, method=KdMtl()), fit(Levels(), TASKS, 0)
    assert taught.losses != plain.losses
    assert not taught.network.trunk._forward_hooks


def test_what_goes_on_top() -> None:
    """Loss weights count the distance with the loss, as the recipe's weights do."""
    quiet = dict.fromkeys(TASKS, 0.5)
    # To Adam, and so to the teachers, a single task's weight is nothing.
    weighted = fit(Toy(), TASKS, 0, method=LossWeights(quiet, of=KdMtl())).losses
    recipe = fit(Toy().with_recipe(weights=quiet), TASKS, 0, method=KdMtl()).losses
    for task in TASKS:
        assert weighted[task] == pytest.approx(recipe[task], rel=1e-6)
    plain = fit(Toy(), TASKS, 0, method=KdMtl()).losses
    for balance in ("fairgrad", "famo", "gradnorm", "uncertainty"):
        assert fit(Toy(), TASKS, 0, method=balanced(KdMtl(), balance)).losses != plain


def test_errors() -> None:
    with pytest.raises(GradSplitError, match="kd-mtl needs strength >= 0"):
        KdMtl(strength=-1.0)
    with pytest.raises(GradSplitError, match="at least one module"):
        KdMtl(modules=())
    with pytest.raises(ModuleNameError, match="no module `layer9`"):
        fit(Toy(), TASKS, 0, method=KdMtl(modules=("layer9",)))
    with pytest.raises(GradSplitError, match="Lower the recipe's learning rate"):
        fit(Toy().with_recipe(learning_rate=1e200), TASKS, 0, method=KdMtl())


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The networks of a probe's single-task runs of seed 3."""
    folder = tmp_path / "networks"
    networks = KeptNetworks(folder, TaskSetTrainer(Toy()).trained_by())
    for task in TASKS:
        networks.keep(fit(Toy(), (task,), 3), Run((task,), 3))
    return folder


@pytest.mark.parametrize("toy", [Toy(), Dropping()], ids=["toy", "with dropout"])
def test_kept_teachers_give_the_same_training_to_the_last_bit(toy: Toy, tmp_path: Path) -> None:
    networks = KeptNetworks(tmp_path, TaskSetTrainer(toy).trained_by())
    for task in TASKS:
        networks.keep(fit(toy, (task,), 3), Run((task,), 3))
    reads, trains = KdMtl(teachers=str(tmp_path)), KdMtl()
    assert reads.settings() == trains.settings()
    read, trained = (fit(toy, TASKS, 3, method=method) for method in (reads, trains))
    assert read.losses == trained.losses and read.scores == trained.scores
    for name, value in trained.network.state_dict().items():
        assert torch.equal(read.network.state_dict()[name], value)


def test_kept_teachers_are_not_trained(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Teacher, "_train", None)  # whoever calls it fails
    fit(Toy(), TASKS, 3, method=KdMtl(teachers=str(kept)))


@pytest.mark.parametrize(
    ("toy", "seed", "said"),
    [
        (Toy(), 4, "no network of .* alone with seed 4"),
        (Toy().with_recipe(learning_rate=0.5), 3, "no teacher of this run: other task set"),
    ],
)
def test_teachers_of_another_training_are_refused(
    kept: Path, toy: Toy, seed: int, said: str
) -> None:
    with pytest.raises(GradSplitError, match=said):
        fit(toy, TASKS, seed, method=KdMtl(teachers=str(kept)))


def test_a_network_under_the_name_of_another_is_no_teacher(kept: Path) -> None:
    first, second = (kept / f"{task}.seed3.safetensors" for task in TASKS[:2])
    second.write_bytes(first.read_bytes())
    with pytest.raises(GradSplitError, match="no teacher of this run: other task or seed"):
        fit(Toy(), TASKS, 3, method=KdMtl(teachers=str(kept)))


def test_teachers_are_a_folder(tmp_path: Path) -> None:
    with pytest.raises(GradSplitError, match="must be a folder"):
        KdMtl(teachers=str(tmp_path / "nowhere"))


def test_teachers_of_another_number_of_steps_are_trained_here(kept: Path) -> None:
    """As where the cost of a step is measured with a few."""
    toy = Toy().with_recipe(steps=3)
    read, trained = (fit(toy, TASKS, 3, method=KdMtl(teachers=at)) for at in (str(kept), None))
    assert read.losses == trained.losses and read.scores == trained.scores


def test_a_rehearsal_trains_no_teachers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Teacher, "_train", None)
    run = Training(Toy(), build_network(Toy(), TASKS, 3), 3, MultiHead().optimizer, rehearsal=True)
    with seeded(3, "training"), KdMtl().training(run):
        pass
