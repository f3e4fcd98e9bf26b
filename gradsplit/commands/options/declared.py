"""What defines a training and cannot be found in its code."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from gradsplit.commands.options.task_set import name_and_value

if TYPE_CHECKING:
    from relations.watch.declared import Declared


@dataclass(kw_only=True)
class DeclaredOptions:
    """What defines a training and cannot be found in its code, and what to do when it changed."""

    settings: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME=VALUE")
    ] = ()
    """Anything else that changes a score: runs of other settings are never mixed. Give it again for
    each."""
    depends: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="FILE")
    ] = ()
    """A file or folder whose content changes a score. Give it again for each."""
    accept_changed_code: bool = False
    """Take runs of other code from the ledger as runs of this one; that is recorded and said."""

    def declared(self) -> "Declared":
        """These options as one object."""
        from relations.watch.declared import Declared

        settings: dict[str, Any] = dict(name_and_value(text, "settings") for text in self.settings)
        return Declared(settings, self.depends, self.accept_changed_code)
