"""Which modules of a trunk a method acts on."""

from collections.abc import Sequence

from gradsplit.errors import ModuleNameError
from gradsplit.training.taskset import TaskSet
from relations.mask import GradientMask

AUTO = "auto"
"""Instead of names: the modules that a mask was made for."""


def split_modules(taskset: TaskSet, modules: Sequence[str] | None) -> tuple[str, ...]:
    """The named modules, or the task set's own split modules where none are named.

    Raises:
        ModuleNameError: There is nothing to act on.
    """
    chosen = tuple(taskset.split_modules if modules is None else modules)
    if not chosen:
        raise ModuleNameError(
            f"The task set `{taskset.name}` names no split modules, so there is nothing to act on. "
            "Give `modules=[...]`, names as in `trunk.named_modules()`."
        )
    return chosen


def of_mask(modules: Sequence[str] | None, mask: GradientMask) -> tuple[str, ...] | None:
    """The named modules; for "auto" those that the mask was made for, as a diagnosis writes them.

    Raises:
        ModuleNameError: The mask does not say which.

    Example:
        >>> made_for = {"modules": ["layer3", "layer4"]}
        >>> of_mask(["auto"], GradientMask(["a"], [[True]], provenance=made_for))
        ('layer3', 'layer4')
    """
    if modules is None or tuple(modules) != (AUTO,):
        return None if modules is None else tuple(modules)
    named = mask.provenance.get("modules")
    if not isinstance(named, list) or not named:
        raise ModuleNameError(
            "`modules=auto` takes the modules that a diagnosis found, and this mask names none. "
            "Run `gradsplit diagnose TASKSET --out DIR` and use DIR/diagnosis-mask.json, or "
            "compare in the same DIR; it must recommend a split. Or name the modules."
        )
    return tuple(map(str, named))
