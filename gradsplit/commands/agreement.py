"""`gradsplit agreement DIR --estimates FILE ...`: how far estimates agree with a probe."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import tyro

from gradsplit.commands.options.fraction import Fraction
from gradsplit.commands.options.kinds import KindOptions
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.table import TableOptions

if TYPE_CHECKING:
    from relations.estimates.estimate import Estimate


@dataclass(kw_only=True)
class Agreement(TableOptions, KindOptions, SizeOptions):
    """Compare estimates with a probe, beside the probe's agreement with itself and baselines."""

    POSITION: ClassVar[int] = 250

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")]
    """The probe's folder (or a ledger, a relation table, a runs table)."""
    estimates: tuple[str, ...] = ()
    """Estimate files; those in the probe's folder when not given."""
    threshold: Fraction = -0.01
    """A change of the probe below this fraction is harmful; in (-1, 0]."""
    cut: str = "sign"
    """What the estimates take for harmful: sign, a share such as 20%, or a number in their unit."""
    draws: int = 400
    """Draws of seeds for the intervals."""
    csv: str | None = None
    """Also write the numbers into this table."""
    plot: str | None = None
    """Also draw agreement against cost into this file, .png, .svg or .pdf."""

    def run(self) -> int:
        """Print the table; write and draw what was asked for."""
        self.refuse_size("--plot", self.plot)
        from relations import Cut, agreement, load_changes

        reading = self.table()
        lower = reading.pop("lower")
        agreed = agreement(
            load_changes(
                self.source,
                **reading,
                **self.kinds(),
                higher_is_better=dict.fromkeys(lower, False),
            ),
            self._estimates(),
            threshold=self.threshold,
            cut=Cut(self.cut),
            draws=self.draws,
        )
        print(agreed)
        if self.csv is not None:
            agreed.save(self.csv)
            print(f"\nwritten: {self.csv}")
        if self.plot is not None:
            from analysis import agreement_plot, save

            save(agreement_plot(agreed, **self.size()), self.plot)
            print(f"written: {self.plot}")
        return 0

    def _estimates(self) -> "list[Estimate]":
        """The estimates named, or those in the folder."""
        from relations import load_estimate, load_estimates

        if self.estimates:
            return [load_estimate(path) for path in self.estimates]
        return load_estimates(Path(self.source))
