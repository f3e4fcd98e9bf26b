"""Own last stages with clones: the edges' gradients against a slow twin, and the limit cases."""

import copy
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.batches import next_batch
from gradsplit.training.fit import fit
from gradsplit.training.loop import Training
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.guided_last_stage import GuidedLastStage
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.methods.on_top import balanced
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.network import build_network
from gradsplit.training.step import Step
from relations import ChangeMatrix, GradientMask, RelationGraph
from tests.gradsplit.toy_tasks import Toy
from tests.gradsplit.training.methods.toy_gradients import CUT, TASKS

FULL, NONE = GradientMask.full(TASKS), GradientMask.identity(TASKS)
EDGES = {
    "full": (FULL, [(a, b) for a in TASKS for b in TASKS if a != b]),
    "cut": (CUT, [("sum", "class.sign"), ("error", "sum"), ("error", "class.sign"),
                  ("class.sign", "error")]),
}  # fmt: skip


class Twin(nn.Module):
    """Everything apart, with the clones' losses written out."""

    def __init__(self, toy: Toy, edges: list[tuple[str, str]]) -> None:
        super().__init__()
        network = build_network(toy, TASKS, 0)
        self.early = network.trunk[:2]
        self.stages = nn.ModuleList([copy.deepcopy(network.trunk.last) for _ in TASKS])
        self.heads = nn.ModuleList([network.head(task) for task in TASKS])
        self.clones = nn.ModuleList(
            [copy.deepcopy(network.head(source)) for source, _ in edges],
        )

    def losses(self, toy: Toy, edges, batches, weight: float = 1.0) -> dict[str, Tensor]:
        losses = {}
        sources = {task: sum(target == task for _, target in edges) for task in TASKS}
        for task, stage, head in zip(TASKS, self.stages, self.heads, strict=True):
            inputs, target = batches[task]
            losses[task] = toy.loss(task, head(stage(self.early(inputs))), target)
        for (source, target), clone in zip(edges, self.clones, strict=True):
            inputs, labels = batches[source]
            output = clone(self.stages[TASKS.index(target)](self.early(inputs)))
            loss = toy.loss(source, output, labels)
            losses[source] = losses[source] + weight / sources[target] * loss
        return losses


def trained_twin(toy: Toy, edges, factors=(1.0, 1.0, 1.0), weight: float = 1.0) -> Twin:
    twin = Twin(toy, edges)
    optimizer = torch.optim.SGD(twin.parameters(), lr=toy.recipe.learning_rate, momentum=0.9)
    sources = {task: iter(toy.batches(task, 0)) for task in TASKS}
    for _ in range(toy.recipe.steps):
        batches = {task: next_batch(sources[task], task) for task in TASKS}
        losses = twin.losses(toy, edges, batches, weight)
        optimizer.zero_grad()
        sum(f * losses[task] for f, task in zip(factors, TASKS, strict=True)).backward()
        optimizer.step()
    return twin


SGD = Toy().with_recipe(optimizer="sgd", schedule="constant", weight_decay=0.0)


@pytest.mark.parametrize("which", EDGES)
@pytest.mark.parametrize("on_top", [False, True])
def test_it_trains_as_its_twin_does(which: str, on_top: bool) -> None:
    mask, edges = EDGES[which]
    method = GuidedLastStage(mask, weight=0.7)
    factors = (1.0, 1.0, 1.0)
    if on_top:
        method, factors = LossWeights({"sum": 0.3, "error": 2.0}, of=method), (0.3, 2.0, 1.0)
    network = fit(SGD, TASKS, 0, method=method).network
    twin = trained_twin(SGD, edges, factors, weight=0.7)
    ours = [network.trunk[0], *network.trunk.last.by_task.values(), *network.heads.values()]
    theirs = [twin.early[0], *twin.stages, *twin.heads]
    for one, same in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.weight, same.weight, rtol=1e-12, atol=1e-14)
        torch.testing.assert_close(one.bias, same.bias, rtol=1e-12, atol=1e-14)


def stage_gradients(mask: GradientMask, task: str) -> dict[str, Tensor | None]:
    """Which own stages the loss of one task reaches."""
    method, toy = GuidedLastStage(mask), Toy()
    run = Training(toy, method.network(toy, TASKS, 0), 0, method.optimizer)
    with method.training(run):
        run.take_steps(lambda losses: [loss.backward() for _, loss in losses], 1, tasks=[task])
    stages = run.network.trunk.last.by_task
    return {name: stage.weight.grad for name, stage in zip(TASKS, stages.values(), strict=True)}


@pytest.mark.parametrize("source", TASKS)
def test_a_blocked_source_does_not_reach_the_stage(source: str) -> None:
    reached = stage_gradients(CUT, source)
    for target, allowed in zip(TASKS, CUT.may_update[TASKS.index(source)], strict=True):
        assert (reached[target] is not None) == allowed
        assert reached[target] is None or reached[target].any()


@pytest.mark.parametrize("tasks", [TASKS, TASKS[:1]])
def test_without_edges_it_is_last_stage_to_the_bit(tasks: tuple[str, ...]) -> None:
    mask = NONE if len(tasks) > 1 else FULL
    ours, theirs = fit(Toy(), tasks, 0, method=GuidedLastStage(mask)), fit(
        Toy(), tasks, 0, method=LastStage()
    )  # fmt: skip
    assert ours.losses == theirs.losses
    for name, value in theirs.network.state_dict().items():
        assert torch.equal(ours.network.state_dict()[name], value)


def test_what_is_left_is_last_stage() -> None:
    fitted = fit(Toy(), TASKS, 0, method=GuidedLastStage(FULL))
    empty = LastStage().network(Toy(), TASKS, 1)
    empty.load_state_dict(fitted.network.state_dict())
    for task in TASKS:
        inputs, _ = Toy().data(task, 1)
        assert torch.equal(empty(inputs, task), fitted.network(inputs, task))
    assert not any(module._forward_hooks for module in fitted.network.modules())


def test_the_history_is_of_the_tasks_own_losses() -> None:
    first = {task: losses[0] for task, losses in fit(Toy(), TASKS, 0).losses.items()}
    guided = fit(Toy(), TASKS, 0, method=GuidedLastStage(FULL)).losses
    assert {task: losses[0] for task, losses in guided.items()} == pytest.approx(first)


@pytest.mark.parametrize("balancing", ["db-mtl", "gls", "famo", "equal-norm", "imtl-l", "gradnorm"])
def test_with_a_balancing_on_top_a_block_holds(balancing: str) -> None:
    """The stage of a target without sources moves along its own gradient alone."""
    mask = GradientMask(TASKS, [[True, True, False], [True, True, False], [True, True, True]])
    kept = {}

    def keep(step: Step) -> None:
        kept[step.network.tasks] = step.network.trunk.last.by_task["class%2Esign"].weight.grad

    once = Toy().with_recipe(steps=1, optimizer="sgd")
    fit(once, TASKS, 0, method=balanced(GuidedLastStage(mask), balancing), observe=keep)
    fit(once, TASKS[2:], 0, method=balanced(LastStage(), balancing), observe=keep)
    both, alone = (one.flatten() for one in kept.values())
    torch.testing.assert_close(both / both.norm(), alone / alone.norm(), rtol=1e-10, atol=1e-14)


def test_a_balancing_weighs_the_clones_with_their_task() -> None:
    """`gls` at one step is loss weights 1 / L; the clones' gradients have them too."""
    once = SGD.with_recipe(steps=1)
    seen: dict[str, Tensor] = {}

    class Noting(LossWeights):
        def _weighted(self, losses) -> Iterator[tuple[str, Tensor]]:
            for task, loss in losses:
                seen[task] = loss.detach()
                yield task, loss

    fit(once, TASKS, 0, method=Noting(of=GuidedLastStage(FULL)))
    total = sum(1 / loss for loss in seen.values())
    factors = tuple(3 / float(seen[task] * total) for task in TASKS)
    kept = {}

    def keep(step: Step) -> None:
        kept["stages"] = [one.weight.grad for one in step.network.trunk.last.by_task.values()]
        kept["clones"] = [one.grad for one in step.optimizer.param_groups[-1]["params"]]

    fit(once, TASKS, 0, method=balanced(GuidedLastStage(FULL), "gls"), observe=keep)
    twin = Twin(SGD, EDGES["full"][1])
    batches = {task: next(SGD.batches(task, 0)) for task in TASKS}
    losses = twin.losses(SGD, EDGES["full"][1], batches)
    sum(factor * losses[task] for factor, task in zip(factors, TASKS, strict=True)).backward()
    for stage, of_twin in zip(kept["stages"], twin.stages, strict=True):
        torch.testing.assert_close(stage, of_twin.weight.grad, rtol=1e-7, atol=1e-12)
    for clone, of_twin in zip(kept["clones"], twin.clones.parameters(), strict=True):
        torch.testing.assert_close(clone, of_twin.grad, rtol=1e-7, atol=1e-12)


def measured(mean: list[list[float]], half: float) -> GradientMask:
    """A mask with evidence: intervals of this half width around the means."""
    rows = [
        [None if i == j else value for j, value in enumerate(row)] for i, row in enumerate(mean)
    ]
    low = [[None if value is None else value - half for value in row] for row in rows]
    may = [[value is None or value >= -0.01 for value in row] for row in rows]
    return GradientMask(TASKS, may, threshold=-0.01, evidence={"change": rows, "lower": low})


def test_stricter_edges_are_read_from_the_evidence() -> None:
    mask = measured([[0, 0.05, -0.005], [-0.2, 0, 0.01], [0.1, 0.0, 0]], half=0.02)
    edges = {
        which: set(GuidedLastStage(mask, edges=which).weights(TASKS))
        for which in ("allowed", "positive", "helpful")
    }
    assert edges["helpful"] == {("sum", "error"), ("class.sign", "sum")}
    assert edges["positive"] == edges["helpful"] | {("error", "class.sign")}
    assert edges["allowed"] == edges["positive"] | {("sum", "class.sign"), ("class.sign", "error")}
    # Two sources share what clones count, and who is not in the run is not counted.
    allowed = GuidedLastStage(mask, weight=3.0)
    assert allowed.weights(TASKS)["sum", "error"] == 1.5
    assert allowed.weights(TASKS[:2]) == {("sum", "error"): 3.0}


def test_edges_of_a_real_relation() -> None:
    import numpy as np

    changes = ChangeMatrix(TASKS, np.array([[0, 0.05, -0.2], [0, 0, 0], [-0.3, 0.1, 0]]))
    mask = GradientMask.from_graph(RelationGraph.from_changes(changes))
    positive = GuidedLastStage(mask, edges="positive")
    assert set(positive.weights(TASKS)) == {("sum", "error"), ("class.sign", "error")}
    # One change without an interval decides nothing.
    assert not GuidedLastStage(mask, edges="helpful").weights(TASKS)


def test_what_the_evidence_leaves_is_in_the_settings() -> None:
    one, other = (measured([[0, 0.05, change], [0, 0, 0], [0, 0, 0]], 0.01) for change in (0, 0.1))
    assert one == other  # as masks
    settings = [GuidedLastStage(mask, edges="positive").settings() for mask in (one, other)]
    assert settings[0]["guides"] == [[0, 1]]
    assert settings[1]["guides"] == [[0, 1], [0, 2]]
    assert GuidedLastStage(one).settings() == GuidedLastStage(other).settings()


def test_options_are_checked() -> None:
    with pytest.raises(GradSplitError, match="`edges` must be one of 'allowed', 'positive'"):
        GuidedLastStage(FULL, edges="some")  # type: ignore[arg-type]
    with pytest.raises(GradSplitError, match="`weight` must be above 0, got 0"):
        GuidedLastStage(FULL, weight=0)
    with pytest.raises(GradSplitError, match=r"edges=positive.*does not hold them"):
        GuidedLastStage(FULL, edges="positive")
    with pytest.raises(GradSplitError, match="is not one of them"):
        fit(Toy(), TASKS, 0, method=GuidedLastStage(GradientMask.full(TASKS[:2])))


def test_it_trains_planted_tasks_the_same_way_twice() -> None:
    taskset = load_taskset("planted", {"steps": 20})
    method = GuidedLastStage(GradientMask.full(taskset.task_names))
    runs = [fit(taskset, taskset.task_names, 3, method=method) for _ in range(2)]
    assert runs[0].scores == runs[1].scores
    assert runs[0].scores != fit(taskset, taskset.task_names, 3, method=MultiHead()).scores
