"""Where networks are trained: a device by its name."""

from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, argument

if TYPE_CHECKING:
    import torch


def check_device(device: "str | torch.device", *, here: bool = False) -> None:
    """Refuse what is no device, before anything else is done.

    Args:
        device: Its name.
        here: Whether this machine must have it; runs may be trained on others.

    Raises:
        GradSplitError: There is no such device.

    Example:
        >>> check_device("cpu", here=True)
    """
    import torch

    try:
        kind = torch.device(device).type
    except (RuntimeError, TypeError, ValueError):
        raise GradSplitError(
            f"{argument('device')} must be cpu, cuda, cuda:0, mps or another name that torch "
            "knows, got "
            f"{device!r}."
        ) from None
    missing = {"cuda": not torch.cuda.is_available(), "mps": not torch.mps.is_available()}
    if here and missing.get(kind):
        raise GradSplitError(
            f"{argument('device')} is {str(device)!r}, which torch does not find here: try cpu."
        )
