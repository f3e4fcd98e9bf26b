"""The modules to split, from a diagnosis that lies in a folder."""

from pathlib import Path

from relations.mask import GradientMask

MASK_NAME = "diagnosis-mask.json"


def with_diagnosed_modules(mask: GradientMask, folder: Path) -> GradientMask:
    """The mask, which says what modules it is for, as far as that is known.

    A mask that names them keeps them; otherwise they are those of the diagnosis in the folder, if
    that recommends a split.

    Raises:
        MaskFileError: The diagnosis's mask cannot be read.
    """
    diagnosed = folder / MASK_NAME
    if "modules" in mask.provenance or not diagnosed.is_file():
        return mask
    modules = GradientMask.load(diagnosed).provenance.get("modules")
    if modules:
        mask.provenance["modules"] = modules
    return mask
