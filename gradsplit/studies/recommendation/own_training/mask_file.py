"""Files of masks that trainings of one's own are told of."""

from pathlib import Path
from typing import TYPE_CHECKING

from relations.digests import digest

if TYPE_CHECKING:
    from relations.mask import GradientMask

MASKS = "masks"
"""Their folder beside the ledger."""


def mask_file(mask: "GradientMask", folder: Path) -> Path:
    """A mask's file, named by what it allows; written where it is not there.

    Args:
        mask: The mask.
        folder: That of the ledger.
    """
    allowed = digest(str((list(mask.tasks), mask.may_update.tolist())))[:8]
    file = folder / MASKS / f"{'full-' * bool(mask.may_update.all())}{allowed}.json"
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        mask.save(file)
    return file
