"""The oldest torch whose autograd graph the engine can read."""

from gradsplit.errors import GradSplitError

OLDEST = (2, 8)
"""Before it there is no `_top_saved_tensors_default_hooks`, by which checkpoints are seen."""


def refuse_older(installed: str) -> None:
    """Refuse a torch that lacks what the engine asks it.

    Args:
        installed: Its version.

    Raises:
        GradSplitError: It is older than `OLDEST`.

    Example:
        >>> refuse_older("2.13.0+cpu")
    """
    if tuple(int(part) for part in installed.split(".")[:2]) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise GradSplitError(
            f"gradsplit needs torch {oldest} or newer, and this is torch {installed}: "
            f'pip install "torch>={oldest}".'
        )
