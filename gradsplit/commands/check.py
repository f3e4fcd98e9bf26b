"""`gradsplit check MASK [--model module:attr]`: is this mask sound; does it fit this model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro

from gradsplit.commands.options import name_and_value
from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from torch import nn

    from gradsplit.engine.selection import SplitParameter
    from gradsplit.engine.split import GradSplit
    from relations import GradientMask


@dataclass(kw_only=True)
class Check:
    """Read a mask file; with a model, show which task owns which channels of which layers."""

    mask: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="MASK")]
    """The mask file."""
    model: str | None = None
    """module:attribute or path/to/file.py:attribute, an nn.Module or a function that makes one."""
    modules: tuple[str, ...] = ("layer4",)
    """The model's modules to split."""
    shares: tuple[str, ...] = ()
    """Own shares of the channels, e.g. reid=0.5."""
    out: str | None = None
    """A picture of who owns which channels, .png, .svg or .pdf; needs --model."""

    def run(self) -> int:
        """Print the mask and what it means for the model."""
        from gradsplit.engine.split import GradSplit
        from relations import GradientMask

        mask = GradientMask.load(self.mask)
        print(mask)
        blocked = mask.blocked()
        print(f"\n{len(blocked)} of {len(mask.tasks) ** 2} (loss, group) pairs are blocked")
        for line in _origin(mask):
            print(line)
        if self.model is None:
            return 0
        shares = dict(name_and_value(text) for text in self.shares)
        split = GradSplit(load_model(self.model), mask, modules=self.modules, shares=shares or None)
        print(f"\n{split.table()}")
        if self.out is not None:
            _draw(split, mask, self.out)
        split.remove()
        return 0


def _origin(mask: "GradientMask") -> list[str]:
    """What a reader should know of where a mask comes from."""
    lines = []
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


def load_model(reference: str) -> "nn.Module":
    """The model a reference names.

    Raises:
        GradSplitError: There is none.
    """
    from torch import nn

    from gradsplit.references import find

    found = find(reference)
    model = found() if callable(found) and not isinstance(found, nn.Module) else found
    if not isinstance(model, nn.Module):
        raise GradSplitError(
            f"`{reference}` must be an nn.Module or a function that makes one, "
            f"got a {type(model).__name__}."
        )
    return model


def _draw(split: "GradSplit", mask: "GradientMask", out: str) -> None:
    """The channels of every split weight as bands, coloured by owner."""
    from analysis.figures.figure_file import save
    from analysis.figures.mask import ModuleChannels, channel_plot

    bands = [
        ModuleChannels(entry.name.removesuffix(".weight"), entry.owner.size, _spans(split, entry))
        for entry in split.entries
        if entry.name.endswith("weight")
    ]
    save(channel_plot(mask, bands), out)
    print(f"\nwritten: {out}")


def _spans(split: "GradSplit", entry: "SplitParameter") -> list[tuple[str, int, int]]:
    """(task, start, stop) of each run of channels with one owner."""
    from gradsplit.engine.owners import runs

    owner = entry.owner.ravel()
    return [
        (task, start, start + length)
        for index, task in enumerate(split.tasks)
        for start, length in runs(owner == index)
    ]
