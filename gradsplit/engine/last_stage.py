"""Where a split usually goes: the last stage of what the tasks share."""

from collections.abc import Collection

from torch import nn

_HEADS = ("head", "heads", "fc", "classifier", "classifiers", "output", "outputs", "logits")


def last_stage(model: nn.Module, tasks: Collection[str] = ()) -> str | None:
    """The name of the last part with parameters before the heads; None where there is none.

    A guess for messages, not for training: heads are parts called so, or as a task; a part that is
    alone, such as a trunk, is looked into, and so is a list of blocks.

    Args:
        model: Any network.
        tasks: Their names, as heads may be called.

    Example:
        >>> trunk = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten())
        >>> last_stage(nn.ModuleDict({"trunk": trunk, "pose": nn.Linear(8, 2)}), ["pose"])
        'trunk.2'
    """
    parts = _shared_parts(model, tasks)
    if not parts:
        return None
    name, part = parts[-1]
    inside = [below for _, below in _shared_parts(part, tasks)]
    blocks = isinstance(part, nn.ModuleList) or [*map(type, inside)] == [nn.ModuleList]
    below = last_stage(part, tasks) if len(parts) == 1 or blocks else None
    return f"{name}.{below}" if below else name


def _shared_parts(module: nn.Module, tasks: Collection[str]) -> list[tuple[str, nn.Module]]:
    """The parts with parameters that are no head; norms are none where there are others."""
    parts = [
        (name, part)
        for name, part in module.named_children()
        if list(part.parameters()) and not _is_head(name, part, tasks)
    ]
    return [(name, part) for name, part in parts if not _is_norm(part)] or parts


def _is_head(name: str, part: nn.Module, tasks: Collection[str]) -> bool:
    """Whether a part is called as heads are, or holds one for each task."""
    keys = [key for key, _ in part.named_children()]
    named = name in tasks or name.lower().rpartition("_")[2] in _HEADS
    return named or (bool(keys) and set(keys) <= set(tasks))


def _is_norm(part: nn.Module) -> bool:
    return "norm" in type(part).__name__.lower()
