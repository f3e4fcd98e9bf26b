"""What a method may do with a run in training, each shown by a small method that needs it."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from gradsplit.errors import GradSplitError
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.equal_norm import EqualNorm
from gradsplit.training.methods.balancing.gradnorm import GradNorm
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.multi_head import MultiHead, PlainSum
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.optimizers import learning_rate
from gradsplit.training.step import Backward, Losses, Step
from tests.gradsplit.toy_tasks import Toy

PAIR = ("sum", "error")
SGD = Toy().with_recipe(optimizer="sgd", schedule="constant", steps=4)


@dataclass(frozen=True)
class Watching(PlainSum):
    """Multi-head; `prepare` is given the run before its first step."""

    prepare: Callable[[Training], object]
    name = "watching"

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        self.prepare(run)
        with super().training(run) as backward:
            yield backward


def same(ours: nn.Module, theirs: nn.Module) -> bool:
    other = theirs.state_dict()
    return all(torch.equal(value, other[name]) for name, value in ours.state_dict().items())


def test_after_a_step_the_same_batches_have_new_losses() -> None:
    before, after, numbers = [], [], []

    def note(step: Step) -> None:
        numbers.append(step.number)
        after.append({task: step.loss(task).item() for task in PAIR})

    fitted = fit(
        SGD,
        PAIR,
        0,
        method=Watching(lambda run: run.after_step(note)),
        observe=lambda step: before.append({task: step.loss(task).item() for task in PAIR}),
    )
    assert numbers == [0, 1, 2, 3]
    assert [losses["sum"] for losses in before] == pytest.approx(fitted.losses["sum"])
    moved = fit(SGD.with_recipe(steps=1), PAIR, 0).network
    for task in PAIR:
        inputs, target = next(SGD.batches(task, 0))
        assert after[0][task] == SGD.loss(task, moved(inputs, task), target).item()
        assert after[0][task] < before[0][task]
    assert same(fitted.network, fit(SGD, PAIR, 0).network)  # looking changes nothing


def test_parameters_have_a_rate_of_their_own() -> None:
    start = MultiHead().network(SGD, PAIR, 0)
    fast, beside = [], nn.Parameter(torch.ones(1, dtype=torch.float64))

    def prepare(run: Training) -> None:
        fast.extend(run.network.head("sum").parameters())
        run.own_rate(fast, 100.0)
        run.own_rate([beside], 10.0)
        run.after_step(lambda _: None)

    class Pulled(Watching):
        @contextmanager
        def training(self, run: Training) -> Iterator[Backward]:
            with super().training(run) as backward:
                yield lambda losses: (backward(losses), beside.sum().backward())[0]

    once = SGD.with_recipe(steps=1)
    quick = fit(once, PAIR, 0, method=Pulled(prepare)).network
    plain = fit(once, PAIR, 0).network
    for name, value in start.state_dict().items():
        factor = 100.0 if name.startswith("heads.sum") else 1.0
        moved, usual = quick.state_dict()[name] - value, plain.state_dict()[name] - value
        torch.testing.assert_close(moved, factor * usual)
    assert beside.item() == pytest.approx(1 - 10 * SGD.recipe.learning_rate)


def test_the_recipe_may_train_heads_faster() -> None:
    start = MultiHead().network(SGD, PAIR, 0)
    once = SGD.with_recipe(steps=1)
    quick = fit(once.with_recipe(head_rate=10.0), PAIR, 0).network.state_dict()
    plain = fit(once, PAIR, 0).network.state_dict()
    for name, value in start.state_dict().items():
        factor = 10.0 if name.startswith("heads.") else 1.0
        torch.testing.assert_close(quick[name] - value, factor * (plain[name] - value))


@dataclass(frozen=True)
class ForkAndMerge(PlainSum):
    """Branches with one task less each, merged by their mean every two steps."""

    name = "fork"

    def train(self, run: Training) -> None:
        with self.training(run) as backward:
            while run.done < run.steps:
                branches = []
                for left_out in run.tasks:
                    branch = run.branch()
                    kept = [task for task in run.tasks if task != left_out]
                    branch.take_steps(backward, 2, tasks=kept)
                    branches.append(branch)
                assert not same(branches[0].network, branches[1].network)
                assert branches[0].done == run.done + 2
                states = [branch.network.state_dict() for branch in branches]
                run.network.load_state_dict(
                    {name: sum(one[name] for one in states) / len(states) for name in states[0]}
                )
                run.done = branches[0].done


def test_a_method_may_branch_and_merge() -> None:
    merged = fit(SGD, PAIR, 0, method=ForkAndMerge())
    # Each task is in one branch, whose losses are its history.
    assert {task: len(losses) for task, losses in merged.losses.items()} == {"sum": 4, "error": 4}
    alone = fit(SGD.with_recipe(steps=2), ("error",), 0)
    assert merged.losses["error"][:2] == pytest.approx(alone.losses["error"], rel=1e-12)
    # Heads move in one branch of two: half of what the task alone moves them.
    short = fit(SGD.with_recipe(steps=2), PAIR, 0, method=ForkAndMerge()).network.head("error")
    start = MultiHead().network(SGD, PAIR, 0).head("error")
    for half, whole, first in zip(
        short.parameters(),
        alone.network.head("error").parameters(),
        start.parameters(),
        strict=True,
    ):
        torch.testing.assert_close(half, (whole + first) / 2)


def test_a_branch_leaves_the_run_as_it_was() -> None:
    network = MultiHead().network(SGD, PAIR, 0)
    before = copy.deepcopy(network)
    run = Training(SGD, network, 0, MultiHead().optimizer)
    branch = run.branch()
    with MultiHead().training(branch) as backward:
        branch.take_steps(backward, 3)
    assert same(run.network, before)
    assert (run.done, branch.done) == (0, 3)
    # Another branch from the same weights goes on in the data.
    with MultiHead().training(again := run.branch()) as backward:
        again.take_steps(backward, 1)
    losses = run.losses()["sum"]
    assert len(losses) == 4
    assert losses[3] != losses[0]


@dataclass(frozen=True)
class TakingTurns(PlainSum):
    """One task a step; as many updates of each task as the recipe has steps."""

    name = "turns"

    def train(self, run: Training) -> None:
        run.steps = len(run.tasks) * run.recipe.steps
        with self.training(run) as backward:
            for number in range(run.steps):
                run.take_steps(backward, 1, tasks=[run.tasks[number % len(run.tasks)]])


def test_steps_of_some_tasks_are_counted_and_scheduled_as_one_training() -> None:
    taskset = Toy().with_recipe(steps=4, warmup=2)
    rates = []
    fitted = fit(
        taskset,
        PAIR,
        0,
        method=TakingTurns(),
        observe=lambda step: rates.append(step.optimizer.param_groups[0]["lr"]),
    )
    assert {task: len(losses) for task, losses in fitted.losses.items()} == {"sum": 4, "error": 4}
    longer = taskset.with_recipe(steps=8, warmup=4).recipe
    assert rates == [learning_rate(longer, step) for step in range(8)]


def test_what_is_kept_may_be_another_network_than_what_is_trained() -> None:
    class Merging(MultiHead):
        @contextmanager
        def training(self, run: Training) -> Iterator[Backward]:
            with super().training(run) as backward:
                yield backward
            heads = {task: run.network.head(task) for task in run.tasks}
            run.network = MultiTaskNetwork(nn.Sequential(run.network.trunk, nn.Tanh()), heads)

    fitted = fit(SGD, PAIR, 0, method=Merging())
    plain = fit(SGD, PAIR, 0)
    assert isinstance(fitted.network.trunk[1], nn.Tanh)
    assert not fitted.network.training
    assert fitted.losses == plain.losses
    assert fitted.scores != plain.scores


def test_what_is_on_top_reaches_every_loop() -> None:
    turns = LossWeights({"sum": 0.25}, of=TakingTurns())
    sgd = SGD.with_recipe(weights={"sum": 0.25})
    assert same(
        fit(SGD, PAIR, 0, method=turns).network, fit(sgd, PAIR, 0, method=TakingTurns()).network
    )
    fork = LossWeights({"sum": 0.25}, of=ForkAndMerge())
    assert same(
        fit(SGD, PAIR, 0, method=fork).network, fit(sgd, PAIR, 0, method=ForkAndMerge()).network
    )


def test_the_outermost_is_asked_first() -> None:
    seen = []

    class Noting(LossWeights):
        def _weighted(self, losses: Losses) -> Losses:
            for task, loss in super()._weighted(losses):
                seen.append((len(self.factors), loss.item()))
                yield task, loss

    inner = Noting({"sum": 0.5, "error": 1.0})
    fitted = fit(SGD.with_recipe(steps=1), PAIR[:1], 0, method=Noting({"sum": 0.5}, of=inner))
    first = fitted.losses["sum"][0]
    assert seen == [(1, pytest.approx(0.5 * first)), (2, pytest.approx(0.25 * first))]


@pytest.mark.parametrize("balancing", [EqualNorm(), GradNorm()])
def test_a_balancing_needs_all_losses_at_once(balancing: EqualNorm | GradNorm) -> None:
    name = balancing.name
    with pytest.raises(GradSplitError, match=f"`{name}` needs the losses of all tasks"):
        fit(SGD, PAIR, 0, method=balancing.on(TakingTurns()))
    with pytest.raises(GradSplitError, match="error had none"):
        fit(SGD, PAIR, 0, method=EqualNorm(of=balancing))


def test_batches_are_kept_when_they_are_asked_for() -> None:
    kept = []

    class Keeping(MultiHead):
        @contextmanager
        def training(self, run: Training) -> Iterator[Backward]:
            run.keep_batches()

            def backward(losses: Losses) -> None:
                for task, loss in losses:
                    loss.backward()
                    kept.append((task, list(run.batches), run.batches[task][0]))

            yield backward

    fit(SGD.with_recipe(steps=2), PAIR, 0, method=Keeping())
    assert [(task, reached) for task, reached, _ in kept] == [
        ("sum", ["sum"]),
        ("error", ["sum", "error"]),
    ] * 2
    first = next(SGD.batches("error", 0))[0]
    assert torch.equal(kept[1][2], first)
