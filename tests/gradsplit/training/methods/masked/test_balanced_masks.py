"""Balancing on top of what relations forbid: a blocked loss moves nothing, whatever it counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor, nn

from gradsplit.engine.owners import Owners
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.combined import Combined
from gradsplit.training.methods.balancing.db_mtl import DbMtl
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.masked.guided_last_stage import GuidedLastStage
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.on_top import OnTop
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from gradsplit.training.step import Backward, Losses
from relations.mask import GradientMask
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import CUT, TASKS, losses_of, one_by_one

pytestmark = pytest.mark.filterwarnings("ignore:You are solving a parameterized problem")
TOY = Toy().with_recipe(optimizer="sgd", steps=3)
IDENTITY = GradientMask.identity(TASKS)
OPTIONS = {"pcd": "pcd:primary=sum"}
REFUSED = {"trimmed-mean"}
"""Those that a mask cannot be under; their own tests say in which words they are refused."""


def every_balancing() -> list[OnTop]:
    """All that goes on top, and loss weights."""
    names = [
        OPTIONS.get(name, name)
        for name, one in registered().items()
        if one.group == "balanced without a search"
        and name not in REFUSED
        and {item for item, option in one.options.items() if option.required} <= {"primary"}
    ]
    methods = [build(wanted) for wanted in read_methods((*names, "weights:sum=0.3,error=2"))]
    return [method for method in methods if isinstance(method, OnTop)]


BALANCINGS = {balancing.settings()["method"]: balancing for balancing in every_balancing()}


def test_all_kinds_are_here() -> None:
    assert {"db-mtl", "nash-mtl", "gradnorm", "gls", "famo", "cosmos", "gnr"} <= set(BALANCINGS)


@dataclass(frozen=True)
class Watched(MaskedTraining):
    """GradSplit that looks at what each single loss adds to the split parameters."""

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        last = run.network.trunk.last
        blocked = {
            task: torch.tensor(~row[Owners(TASKS).of(len(last.bias))])
            for task, row in zip(TASKS, self.mask.may_update, strict=True)
        }
        with super().training(run) as masked:

            def backward(losses: Losses) -> None:
                for task, loss in losses:
                    before = [_gradient(one) for one in (last.weight, last.bias)]
                    masked([(task, loss)])
                    moved = False
                    for one, old in zip((last.weight, last.bias), before, strict=True):
                        new = _gradient(one)
                        assert torch.equal(new[blocked[task]], old[blocked[task]])
                        moved = moved or not torch.equal(new, old)
                    assert moved
                    run.seen.append(task)

            yield backward


def _gradient(one: nn.Parameter) -> Tensor:
    return torch.zeros_like(one) if one.grad is None else one.grad.clone()


@pytest.mark.parametrize("mode", ["param", "feature"])
@pytest.mark.parametrize("name", BALANCINGS)
def test_a_blocked_loss_adds_exactly_nothing(
    name: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(Training, "seen", seen, raising=False)
    fit(TOY, TASKS, 0, method=BALANCINGS[name].on(Watched(CUT, mode=mode)))
    assert seen == list(TASKS) * 3


@pytest.mark.parametrize("name", BALANCINGS)
def test_a_group_of_one_task_moves_along_its_gradient(name: str) -> None:
    """Under the identity mask, a balancing decides how far and nothing else."""
    own, kept = one_by_one(), []

    def keep(step) -> None:
        kept.append(step.network.trunk.last.weight.grad.clone())

    fit(
        TOY.with_recipe(steps=1),
        TASKS,
        0,
        method=BALANCINGS[name].on(MaskedTraining(IDENTITY)),
        observe=keep,
    )
    owner = torch.tensor(Owners(TASKS).of(8))
    for place, task in enumerate(TASKS):
        ours = kept[0][owner == place].flatten()
        alone = own[task]["trunk.last.weight"][owner == place].flatten()
        factor = ours.dot(alone) / alone.dot(alone)
        torch.testing.assert_close(ours, factor * alone, rtol=1e-9, atol=1e-12)


COMBINED = [
    name for name, one in BALANCINGS.items() if isinstance(one, Combined) and name != "it-mtl"
]
"""Those that go by gradients alone; it-mtl chooses by trying them on the step's batches."""


@pytest.mark.parametrize("name", COMBINED)
def test_what_is_combined_are_the_masked_gradients(name: str) -> None:
    """The slow twin: every task's gradient computed alone, masked by hand, and combined."""
    own, toy = one_by_one(), Toy()
    owner = torch.tensor(Owners(TASKS).of(8))
    network = MaskedTraining(CUT).network(toy, TASKS, 0)
    logarithms = {task: loss.item() + 1e-8 for task, loss in losses_of(network, toy)}
    rows = []
    for task, may_update in zip(TASKS, CUT.may_update, strict=True):
        parts = []
        for key, gradient in own[task].items():
            if key.startswith("trunk.last."):
                kept = torch.tensor(may_update)[owner].double()
                gradient = gradient * kept.view(-1, *[1] * (gradient.ndim - 1))
            if key.startswith("trunk."):
                parts.append(gradient.flatten())
        rows.append(torch.cat(parts) / (logarithms[task] if name == "db-mtl" else 1.0))
    method = BALANCINGS[name].on(MaskedTraining(CUT))
    run = Training(toy, network, 0, method.optimizer)
    torch.manual_seed(0)
    wanted = method.combine(run)(torch.stack(rows))
    torch.manual_seed(0)
    with method.around(run) as act, method.of.training(run) as backward:
        act(backward, losses_of(network, toy))
    found = torch.cat([one.grad.flatten() for one in network.trunk.parameters()])
    torch.testing.assert_close(found, wanted, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("name", BALANCINGS)
@pytest.mark.parametrize("below", [LastStage(), GuidedLastStage(CUT)], ids=lambda one: one.name)
def test_own_stages_are_moved_by_whom_they_may_be_moved(name: str, below: Method) -> None:
    """Losses that may not train a stage have no part in its gradient, in any step."""
    allowed = CUT if isinstance(below, GuidedLastStage) else IDENTITY
    stages = list(below.network(TOY, TASKS, 0).trunk.last.by_task)
    reached: dict[str, set[str]] = {stage: set() for stage in stages}

    class Noting(type(below)):
        @contextmanager
        def training(self, run: Training) -> Iterator[Backward]:
            parts = run.network.trunk.last.by_task

            def backward(losses: Losses) -> None:
                for task, loss in losses:
                    before = {stage: _gradient(part.weight) for stage, part in parts.items()}
                    plain([(task, loss)])
                    for stage, old in before.items():
                        if not torch.equal(_gradient(parts[stage].weight), old):
                            reached[stage].add(task)

            with super().training(run) as plain:
                yield backward

    options = {"mask": CUT} if isinstance(below, GuidedLastStage) else {}
    fit(TOY, TASKS, 0, method=BALANCINGS[name].on(Noting(**options)))
    for place, stage in enumerate(stages):
        rows = allowed.may_update[:, place]
        assert reached[stage] == {task for task, may in zip(TASKS, rows, strict=True) if may}


def test_they_are_asked_for_by_name() -> None:
    def made(text: str) -> Method:
        return build(read_methods((text,))[0], lambda *_: CUT)

    assert made("gradsplit:balance=db-mtl") == DbMtl(of=MaskedTraining(CUT))
    nash = made("gradsplit:balance=nash-mtl,mode=feature")
    assert nash.settings()["of"]["mode"] == "feature"
    weighted = made("gradsplit:weights=sum:0.3+error:2,balance=db-mtl")
    assert [part.name for part in weighted.parts()] == ["db-mtl", "weights", "gradsplit"]
    for text in ("guided-last-stage:balance=db-mtl", "last-stage:balance=nash-mtl"):
        fit(TOY, TASKS, 0, method=made(text))
    assert replace(DbMtl(), of=LastStage()) == made("last-stage:balance=db-mtl")
