"""`gradsplit curves SOURCE --out FILE`: how the losses of trainings went, as a picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from gradsplit.commands.options.names import split_names
from gradsplit.commands.options.picture import SizeOptions


@dataclass(kw_only=True)
class Curves(SizeOptions):
    """Draw learning curves: a panel a task, its training loss alone and beside others, over seeds.

    A line is the mean over seeds, its band reaches from the lowest seed to the highest.
    """

    POSITION: ClassVar[int] = 340

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SOURCE")]
    """The folder of a probe, a comparison or another study, its ledger, or the folder of `gradsplit
    train`."""
    out: str
    """The picture: .png, .svg or .pdf."""
    tasks: tuple[str, ...] = ()
    """Only the panels of these tasks; all when not given."""
    methods: bool = False
    """Show runs of all tasks by other methods than multi-head as well."""
    dpi: int = 200
    """Dots an inch of a png."""

    def run(self) -> int:
        """Draw and save it."""
        from analysis import learning_curves, read_curves, save
        from analysis.figures.figure_file import check_figure_path

        check_figure_path(Path(self.out))
        trained = read_curves(self.source)
        figure = learning_curves(
            trained, split_names(self.tasks), methods=self.methods, **self.size()
        )
        save(figure, self.out, dpi=self.dpi)
        print(f"written: {self.out}")
        return 0
