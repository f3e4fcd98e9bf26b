"""`gradsplit check MASK [--model module:attr]`: is this mask sound; does it fit this model."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import tyro

from gradsplit.commands.options.task_set import name_and_value
from gradsplit.errors import GradSplitError


@dataclass(kw_only=True)
class Check:
    """Read a mask file; with a model, show which task owns which channels of which layers."""

    POSITION: ClassVar[int] = 150

    mask: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="MASK")]
    """The mask file."""
    model: str | None = None
    """module:attribute or path/to/file.py:attribute, an nn.Module or a function that makes one."""
    modules: tuple[str, ...] = ("layer4",)
    """The model's modules to split; needs --model."""
    shares: tuple[str, ...] = ()
    """Own shares of the channels, e.g. reid=0.5."""
    out: str | None = None
    """A picture of who owns which channels, .png, .svg or .pdf; needs --model."""

    def run(self) -> int:
        """Print the mask and what it means for the model."""
        from gradsplit import check_mask

        checked = check_mask(self.mask)
        if self.model is None:
            self._refuse_idle()
        print(checked)
        if self.model is None:
            return 0
        shares = dict(name_and_value(text) for text in self.shares)
        checked = check_mask(self.mask, self.model, modules=self.modules, shares=shares or None)
        print(f"\n{checked.table}")
        if self.out is not None:
            from analysis import save

            save(checked.plot(), self.out)
            print(f"\nwritten: {self.out}")
        return 0

    def _refuse_idle(self) -> None:
        """Refuse options that mean nothing without a model.

        Raises:
            GradSplitError: One was given.
        """
        given = {
            "--modules": self.modules != ("layer4",),
            "--shares": bool(self.shares),
            "--out": self.out is not None,
        }
        idle = [name for name, is_given in given.items() if is_given]
        if idle:
            raise GradSplitError(
                f"{', '.join(idle)} would change nothing without a model: give --model "
                "path/to/file.py:attribute too."
            )
