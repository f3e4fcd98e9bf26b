"""Is a mask sound, and what does it mean for a model?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.studies.arguments import the_mask, the_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import nn

    from analysis.figures.channels import ModuleChannels
    from gradsplit.engine.selection import SplitParameter
    from gradsplit.engine.split import GradSplit
    from relations.mask import GradientMask


@dataclass(frozen=True)
class CheckedMask:
    """A mask, and with a model who owns which channels; `print` shows all of it.

    Attributes:
        mask: The mask.
        table: Modules, channels and owners, in words; None without a model.
        channels: The channels of every split weight, by owner; empty without a model.
    """

    mask: "GradientMask"
    table: str | None = None
    channels: "tuple[ModuleChannels, ...]" = ()

    def plot(self, *, width: float | None = None, font_size: float = 9.0) -> "Axes":
        """The channels of every split weight as bands.

        Args:
            width: Of the saved picture in inches, see `analysis.channel_plot`.
            font_size: See there.
        """
        from analysis.figures.channels import channel_plot

        return channel_plot(self.mask, list(self.channels), width=width, font_size=font_size)

    def __str__(self) -> str:
        mask = self.mask
        pairs = f"{len(mask.blocked())} of {len(mask.tasks) ** 2}"
        lines = [str(mask), "", f"{pairs} (loss, group) pairs are blocked", *_origin(mask)]
        return "\n".join(lines if self.table is None else [*lines, "", self.table])


def check_mask(
    mask: "GradientMask | str | Path",
    model: "nn.Module | str | None" = None,
    *,
    modules: str | Sequence[str] = ("layer4",),
    shares: Mapping[str, float] | None = None,
) -> CheckedMask:
    """Read a mask; with a model, find who owns which channels. The model is left as it was.

    Args:
        mask: A mask or its file.
        model: A model, or where it is defined: module:attribute or path/to/file.py:attribute.
        modules: The model's modules to split.
        shares: Own shares of the channels, by task.

    Raises:
        MaskError: The file is no sound mask.
        GradSplitError: `mask` is none, it does not fit the model, or there is no model.

    Example:
        >>> from torch import nn
        >>> from relations import GradientMask
        >>> mask = GradientMask.identity(["pose", "reid"])
        >>> checked = check_mask(mask, nn.Sequential(nn.Linear(3, 8)), modules=["0"])
        >>> list(checked.channels[0].owners)
        [('pose', 0, 4), ('reid', 4, 8)]
    """
    from gradsplit.engine.split import GradSplit
    from gradsplit.references import load_model

    mask = the_mask(mask)
    if model is None:
        return CheckedMask(mask)
    if isinstance(model, str):
        model = load_model(model)
    split = GradSplit(model, mask, modules=the_names(modules, "modules"), shares=shares)
    try:
        return CheckedMask(mask, split.table(), _channels(split))
    finally:
        split.remove()


def _origin(mask: "GradientMask") -> list[str]:
    """What a reader should know of where a mask comes from."""
    lines = []
    edited = [f"{source} -> {group}" for source, group in mask.not_following()]
    if edited:
        lines.append(
            "note: `may_update` no longer follows the evidence in the file for "
            f"{', '.join(edited)}; it was changed after it was made, and training does what it says"
        )
    estimate = mask.provenance.get("estimate")
    if isinstance(estimate, dict):
        lines.append(
            f"made from an estimate ({estimate.get('estimator')}), not from a probe: see "
            "docs/estimators.md for how far that can be trusted"
        )
    modules = mask.provenance.get("modules")
    if isinstance(modules, list):
        lines.append(f"made for the modules {', '.join(map(str, modules))}")
    return lines


def _channels(split: "GradSplit") -> "tuple[ModuleChannels, ...]":
    from analysis.figures.channels import ModuleChannels

    return tuple(
        ModuleChannels(entry.name.removesuffix(".weight"), entry.owner.size, _spans(split, entry))
        for entry in split.entries
        if entry.name.endswith("weight")
    )


def _spans(split: "GradSplit", entry: "SplitParameter") -> list[tuple[str, int, int]]:
    """(task, start, stop) of each run of channels with one owner."""
    from gradsplit.engine.owners import runs

    owner = entry.owner.ravel()
    return [
        (task, start, start + length)
        for index, task in enumerate(split.tasks)
        for start, length in runs(owner == index)
    ]
