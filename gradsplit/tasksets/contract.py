"""Whether a task set keeps its contract; everything that is wrong is reported at once."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from gradsplit.errors import SeedNote, TaskSetError, all_problems
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.recipe import Recipe
from gradsplit.training.recipe_rules import is_number, recipe_problems
from gradsplit.training.same_weights import same_weights
from gradsplit.training.seeding import seeded
from gradsplit.training.taskset import TaskSet
from relations.tasks import Task


def check_form(taskset: TaskSet) -> None:
    """Check what can be seen without building a network or reading data: names, tasks, recipe.

    Raises:
        TaskSetError: With everything that is wrong.
    """
    problems = [*_attribute_problems(taskset), *_recipe_problems(taskset)]
    if problems:
        raise TaskSetError(all_problems(f"{_title(taskset)} breaks the contract", problems))


def check_taskset(taskset: TaskSet) -> None:
    """Build the network, draw a batch of every task, compute its loss and score it once, untrained.

    Cost: one batch and one evaluation a task, and the network of another seed. Nothing of the
    caller's random state changes.

    Raises:
        TaskSetError: With everything that is wrong, a line each.

    Warns:
        SeedNote: The trunk, or heads, begin with the same weights for every seed, as a pretrained
            trunk does; where all of them do, that is wrong.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> check_taskset(load_taskset("planted"))
    """
    check_form(taskset)
    problems: list[str] = []
    given = taskset
    seeded_set = _attempt("for_seed(0)", lambda: _for_seed(taskset), problems)
    taskset = taskset if seeded_set is None else seeded_set
    trunk = _attempt("trunk()", lambda: _build(taskset.trunk, "trunk"), problems)
    if trunk is not None:
        problems += _trunk_problems(taskset, trunk)
        for task in taskset.task_names:
            problems += _task_problems(taskset, trunk, task)
    if not problems:
        problems += _seed_problems(given)
    if problems:
        raise TaskSetError(all_problems(f"{_title(taskset)} breaks the contract", problems))


def _seed_problems(taskset: TaskSet) -> list[str]:
    """What is wrong with the weights of other seeds; of a trunk or heads alone only a note."""
    problems: list[str] = []
    found = _attempt("trunk(), head() of other seeds", lambda: same_weights(taskset), problems)
    if found is not None and found.everything:
        return [found.text]
    if found is not None and found.text:
        warnings.warn(f"{_title(taskset)}: {found.text}", SeedNote, stacklevel=4)
    return problems


def _attribute_problems(taskset: TaskSet) -> list[str]:
    problems = []
    name = getattr(taskset, "name", None)
    if not isinstance(name, str) or not name.strip():
        problems.append(f"`name` must be a non-empty text, got {name!r}.")
    tasks = getattr(taskset, "tasks", None)
    if not isinstance(tasks, tuple | list) or not tasks:
        problems.append(f"`tasks` must be a tuple of Task, got {tasks!r}.")
    elif wrong := [task for task in tasks if not isinstance(task, Task)]:
        problems.append(f"`tasks` must hold Task objects only, got {wrong!r}.")
    elif doubled := sorted({task.name for task in tasks if [*tasks].count(task) > 1}):
        problems.append(f"Task names must be unique, got {', '.join(doubled)} more than once.")
    modules = taskset.split_modules
    if not isinstance(modules, tuple | list) or any(not isinstance(name, str) for name in modules):
        problems.append(f"`split_modules` must be a tuple of module names, got {modules!r}.")
    return problems


def _recipe_problems(taskset: TaskSet) -> list[str]:
    recipe = taskset.recipe
    if not isinstance(recipe, Recipe):
        return [f"`recipe` must be a Recipe, got {recipe!r}."]
    tasks = getattr(taskset, "tasks", ())
    tasks = tasks if isinstance(tasks, tuple | list) else ()  # else it is a problem already
    known = [str(getattr(task, "name", "")) for task in tasks]
    return recipe_problems(vars(recipe), known)


def _trunk_problems(taskset: TaskSet, trunk: nn.Module) -> list[str]:
    names = [name for name, _ in trunk.named_modules() if name]
    problems = [
        f"`split_modules` names `{name}`, but the trunk's modules are {', '.join(names)}."
        for name in taskset.split_modules
        if name not in names
    ]
    again = _build(taskset.trunk, "trunk")
    first, second = trunk.state_dict(), again.state_dict()
    if first.keys() != second.keys() or any(
        not torch.equal(first[key], second[key]) for key in first
    ):
        problems.append(
            "`trunk()` gives other weights for the same seed; draw them from torch's global "
            "generator only, so that runs of one seed are paired."
        )
    return problems


def _task_problems(taskset: TaskSet, trunk: nn.Module, task: str) -> list[str]:
    problems: list[str] = []
    head = _attempt(f"head({task!r})", lambda: _build(taskset.head, "head", task), problems)
    batch = _attempt(f"batches({task!r}, 0)", lambda: _batch(taskset, task), problems)
    if head is None or batch is None:
        return problems
    network = MultiTaskNetwork(trunk, {task: head})
    output = _attempt(
        f"the network on a batch of {task!r}", lambda: network(batch[0], task), problems
    )
    if output is None:
        return problems
    _attempt(f"loss({task!r})", lambda: _loss(taskset, task, output, batch[1]), problems)
    _attempt(f"score({task!r})", lambda: _score(taskset, task, network), problems)
    return problems


def _for_seed(taskset: TaskSet) -> TaskSet:
    seen = taskset.for_seed(0)
    if not isinstance(seen, TaskSet):
        raise TaskSetError(f"must give a task set, gave {seen!r}")
    if seen.task_names != taskset.task_names or seen.recipe != taskset.recipe:
        raise TaskSetError("must keep the tasks and the recipe")
    return seen


def _build(build: Callable[..., nn.Module], *purpose: str) -> nn.Module:
    with seeded(0, *purpose):
        built = build(*purpose[1:])
    if not isinstance(built, nn.Module):
        raise TaskSetError(f"must give a torch.nn.Module, gave {built!r}")
    return built


def _batch(taskset: TaskSet, task: str) -> tuple[Tensor, Any]:
    """The first batch, which must be the same again for the same seed."""
    first, again = [next(iter(taskset.batches(task, 0)), None) for _ in range(2)]
    if first is None or again is None:
        raise TaskSetError("must be endless, but yields nothing")
    if not isinstance(first, tuple | list) or len(first) != 2 or not isinstance(first[0], Tensor):
        raise TaskSetError("must yield (inputs, target) with a tensor of inputs")
    size = taskset.recipe.batch_size
    if len(first[0]) != size:
        raise TaskSetError(
            f"must yield the recipe's {size} samples a batch, yielded {len(first[0])}"
        )
    if not torch.equal(first[0], again[0]):
        raise TaskSetError("yields other batches for the same seed, so runs would not be paired")
    return first[0], first[1]


def _loss(taskset: TaskSet, task: str, output: Any, target: Any) -> Tensor:
    loss = taskset.loss(task, output, target)
    if not isinstance(loss, Tensor) or loss.ndim != 0:
        shape = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
        raise TaskSetError(f"must give a scalar tensor, the batch's mean loss, gave {shape}")
    if not loss.requires_grad:
        raise TaskSetError("does not depend on the network: no gradient flows from it")
    if not math.isfinite(loss.item()):
        raise TaskSetError(f"is {loss.item()} on the first batch of an untrained network")
    return loss


def _score(taskset: TaskSet, task: str, network: MultiTaskNetwork) -> float:
    network.eval()
    with torch.no_grad():
        value = taskset.score(task, lambda inputs: network(inputs, task))
    network.train()
    if not is_number(value) or not math.isfinite(value):
        raise TaskSetError(f"must give a finite number, gave {value!r}")
    return float(value)


def _attempt(what: str, act: Callable[[], Any], problems: list[str]) -> Any:
    """The result of a step, or None and a problem."""
    try:
        return act()
    except TaskSetError as wrong:
        problems.append(f"`{what}` {wrong}.")
    except (Exception, SystemExit) as wrong:  # the user's code may raise anything
        problems.append(f"`{what}` raises {type(wrong).__name__}: {wrong}")
    return None


def _title(taskset: TaskSet) -> str:
    return f"The task set `{getattr(taskset, 'name', type(taskset).__name__)}`"
