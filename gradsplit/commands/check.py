"""`gradsplit check MASK [--model module:attr]`: is this mask sound; does it fit this model."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import tyro

from gradsplit.commands.options import name_and_value
from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from torch import nn

    from gradsplit.split import GradSplit


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

    def run(self) -> int:
        """Print the mask and what it means for the model."""
        from gradsplit.split import GradSplit
        from relations import GradientMask

        mask = GradientMask.load(self.mask)
        print(mask)
        blocked = mask.blocked()
        print(f"\n{len(blocked)} of {len(mask.tasks) ** 2} (loss, group) pairs are blocked")
        if self.model is None:
            return 0
        shares = dict(name_and_value(text) for text in self.shares)
        split = GradSplit(load_model(self.model), mask, modules=self.modules, shares=shares or None)
        print(f"\n{owners_text(split)}")
        split.remove()
        return 0


def load_model(reference: str) -> "nn.Module":
    """The model a reference names.

    Raises:
        GradSplitError: There is none.
    """
    from torch import nn

    from gradsplit.tasksets.registry import find

    found = find(reference)
    model = found if isinstance(found, nn.Module) else found()
    if not isinstance(model, nn.Module):
        raise GradSplitError(
            f"`{reference}` must be an nn.Module or a function that makes one, "
            f"got a {type(model).__name__}."
        )
    return model


def owners_text(split: "GradSplit") -> str:
    """Split parameters by their number of channels, and who owns which of them."""
    by_channels: dict[int, list[str]] = {}
    for name, owner in split.owner_of.items():
        by_channels.setdefault(len(owner), []).append(name)
    lines = []
    for channels, parameters in sorted(by_channels.items()):
        lines.append(f"{channels} channels: {', '.join(parameters)}")
        lines += [f"  {line}" for line in split.owners.table(channels).splitlines()]
    if split.shared:
        lines.append(f"left to all tasks: {', '.join(split.shared)}")
    return "\n".join(lines)
