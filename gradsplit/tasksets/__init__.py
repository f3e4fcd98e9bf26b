"""Task sets that come with gradsplit; each is one folder here, which registers itself.

A folder `gradsplit/tasksets/<folder>/` whose `__init__.py` names task sets adds them to the
commands, their help texts and the errors that list what there is; nothing else is edited but the
table of docs/your-own-tasks.md, which a test compares with what is here:

    from gradsplit.tasksets import BuiltIn

    TASK_SETS = (BuiltIn("shapes", f"{__name__}.task_set:Shapes", "three small tasks"),)

`Shapes` in `task_set.py` of the folder is a subclass of `TaskSet`, a function that returns one, or
an instance. Listing names must import neither torch nor data, so the `__init__.py` holds this and
nothing more. A task set of this package says `revision = 1` in its class: the number stands for its
code in the fingerprint of its runs, and whoever changes what it trains raises it (docs/formats.md).
Two tests know it by its name then and ask for what they need: a small recipe for its pinned scores
in tests/contract/test_pinned_trainings.py, and the table.

Heads, losses, metrics and trunks that several share lie in `parts`.
"""

import pkgutil
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class BuiltIn:
    """A task set that is found by its name.

    Attributes:
        name: What users write.
        reference: Where it is defined, `module:attr`.
        about: A line for tables.
    """

    name: str
    reference: str
    about: str


def built_in() -> dict[str, BuiltIn]:
    """Every task set by its name, the folders in alphabetical order; nothing heavy is imported.

    Example:
        >>> built_in()["planted"].reference
        'gradsplit.tasksets.planted.task_set:planted'
    """
    folders = [one.name for one in pkgutil.iter_modules(__path__, f"{__name__}.") if one.ispkg]
    registered = [getattr(import_module(folder), "TASK_SETS", ()) for folder in folders]
    return {entry.name: entry for entries in registered for entry in entries}
