"""The stages of a task set's trunk."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from gradsplit.training.taskset import TaskSet


def trunk_of(taskset: "TaskSet") -> "nn.Module":
    """A trunk of the task set, to look at; leaves torch's random numbers as they were."""
    from gradsplit.training.seeding import seeded

    with seeded(0, "trunk"):
        return taskset.trunk()


def stages_of(taskset: "TaskSet") -> tuple[str, ...]:
    """The trunk's stages from first to last: its direct children that hold parameters.

    Example:
        >>> from gradsplit.tasksets.registry import load_taskset
        >>> stages_of(load_taskset("cause-late-stage"))
        ('early', 'late')
    """
    return tuple(
        name
        for name, module in trunk_of(taskset).named_children()
        if any(parameter.requires_grad for parameter in module.parameters())
    )


def unknown_stages(taskset: "TaskSet", stages: Iterable[str]) -> list[str]:
    """A problem for each name that the trunk does not have."""
    trunk = trunk_of(taskset)
    known = {name for name, _ in trunk.named_modules() if name}
    children = ", ".join(name for name, _ in trunk.named_children())
    return [
        f"the trunk has no module `{name}`; its children are {children}."
        for name in stages
        if name not in known
    ]
