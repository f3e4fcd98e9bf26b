"""The lines that do in one's own training loop what was recommended."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gradsplit.studies.recommendation.files.recommended_file import FILE
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.own_parts.last_stage import LastStage

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.training.recipe import Recipe
    from gradsplit.training.taskset import TaskSet

_DB_MTL = """averages = {}  # task -> mean gradient of the trunk
shared = [weight for weight in trunk.parameters() if weight.requires_grad]

def backward(losses, step):  # step = 1, 2, ...; losses: task -> loss
    for task, loss in losses.items():
        loss = (loss + 1e-8).log()
        loss.backward(retain_graph=True)  # the heads keep this gradient
        row = torch.cat([weight.grad.flatten() for weight in shared])
        old = averages.get(task, row)
        averages[task] = row + 0.9 / step**0.5 * (old - row)
        for weight in shared:
            weight.grad = None
    longest = max(row.norm() for row in averages.values())
    total = sum(row * longest / (row.norm() + 1e-8) for row in averages.values())
    for weight, part in zip(shared, total.split([w.numel() for w in shared])):
        weight.grad = part.view_as(weight)"""

_TORCHJD = """from torchjd.aggregation import {aggregator}
from torchjd.autojac import jac_to_grad, mtl_backward

aggregator = {made}
mtl_backward(list(losses.values()), features=features)  # features: what the trunk returned
jac_to_grad(trunk.parameters(), aggregator)"""

_AGGREGATORS = {"nash-mtl": ("NashMTL", "NashMTL(n_tasks={tasks})"), "imtl-g": ("IMTLG", "IMTLG()")}


def own_loop(configuration: "Configuration", taskset: "TaskSet", folder: str) -> str:
    """Lines of Python, `losses` being task -> loss, `trunk` what all tasks share.

    The first line says with which recipe it was judged, as what helps depends on it. Of what is
    done besides, a line in words; of methods without a short form, how to have them trained.

    Args:
        configuration: What is recommended.
        taskset: What it was recommended for.
        folder: Where its files lie.
    """
    parts = [_judged_with(taskset.recipe)]
    if configuration.networks:
        groups = " and ".join(f"one for {words}" for words in configuration.of_networks(", "))
        parts.append(f"# {len(configuration.networks)} networks: {groups}")
    if configuration.width != 1:
        parts.append(f"# every stage {configuration.width:g} times as wide")
    if configuration.steps != 1:
        parts.append(f"# {configuration.steps} times the steps")
    return "\n".join([*parts, _lines(configuration, taskset, folder)])


def own_lines(configuration: "Configuration", commands: Sequence[str]) -> str:
    """The lines that call a program or function of one's own, one below the other.

    A comment stands before the line of a network whose output is not used for all of its tasks.

    Args:
        configuration: What is recommended.
        commands: What trains each network.

    Example:
        >>> from gradsplit.studies.recommendation.configuration import Configuration
        >>> groups = (("a", "b"), ("b", "c"))
        >>> both = Configuration("two", "", networks=groups, serves={"a": 0, "b": 1, "c": 1})
        >>> print(own_lines(both, ["train(('a', 'b'), seed=0)", "train(('b', 'c'), seed=0)"]))
        # a (beside b, whose output is not used):
        train(('a', 'b'), seed=0)
        train(('b', 'c'), seed=0)
    """
    said = configuration.with_helpers
    lines: list[str] = []
    for at, line in enumerate(commands):
        lines += [f"# {said[at]}:", line] if at in said else [line]
    return "\n".join(lines)


def _judged_with(recipe: "Recipe") -> str:
    """The recipe in a comment.

    Example:
        >>> from gradsplit import Recipe
        >>> print(_judged_with(Recipe(learning_rate=5e-3)))
        # judged with adamw, learning rate 0.005, cosine schedule, 300 steps, batches of 32:
        # another recipe may need another cure
    """
    decay = f", weight decay {recipe.weight_decay:g}" if recipe.weight_decay else ""
    warmup = f" after {recipe.warmup} steps of warm-up" if recipe.warmup else ""
    return (
        f"# judged with {recipe.optimizer}, learning rate {recipe.learning_rate:g}{decay}, "
        f"{recipe.schedule} schedule{warmup}, {recipe.steps} steps, batches of "
        f"{recipe.batch_size}:\n# another recipe may need another cure"
    )


def _lines(configuration: "Configuration", taskset: "TaskSet", folder: str) -> str:
    method, words = configuration.method, configuration.words
    if method is None:
        return "sum(losses.values()).backward()"
    if isinstance(method, LossWeights):
        factors = {task: float(factor) for task, factor in method.factors.items()}
        return (
            f"weights = {factors}\n"
            "sum(weights.get(task, 1.0) * loss for task, loss in losses.items()).backward()"
        )
    if words in _AGGREGATORS:
        name, made = _AGGREGATORS[words]
        return _TORCHJD.format(aggregator=name, made=made.format(tasks=len(taskset.tasks)))
    short = _SHORT.get(type(method))
    if short is not None:
        return short(configuration, taskset, folder)
    if words == "db-mtl":
        return _DB_MTL
    train = "train_grouping" if configuration.networks else "train"
    return (
        "# no short form\n"
        f'trained = gradsplit.{train}(taskset, recommended="{folder}/{FILE}", out="trained")'
    )


def _masked(configuration: "Configuration", taskset: "TaskSet", folder: str) -> str:
    method = configuration.method
    assert isinstance(method, MaskedTraining)
    file = configuration.words.partition("mask=")[2].partition(",")[0]
    modules = list(method.modules or taskset.split_modules)
    return (
        "from gradsplit import GradSplit\nfrom relations import GradientMask\n\n"
        f'mask = GradientMask.load("{folder}/{file}")\n'
        f"split = GradSplit(trunk, mask, modules={modules})  # once\n"
        "split.backward(losses)  # in every step"
    )


def _own_stage(configuration: "Configuration", taskset: "TaskSet", folder: str) -> str:  # noqa: ARG001
    method = configuration.method
    assert isinstance(method, LastStage)
    modules = ", ".join(method.modules or taskset.split_modules)
    return (
        f"# give each task its own copy of {modules}: copy.deepcopy, before training\n"
        "sum(losses.values()).backward()"
    )


_SHORT: dict[type, Callable[["Configuration", "TaskSet", str], str]] = {
    MaskedTraining: _masked,
    LastStage: _own_stage,
}
