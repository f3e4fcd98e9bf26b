"""`gradsplit agreement DIR --estimates FILE ...`: how far estimates agree with a probe."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

if TYPE_CHECKING:
    from relations.estimates.estimate import Estimate


@dataclass(kw_only=True)
class Agreement:
    """Compare estimates with a probe, beside the probe's agreement with itself and baselines."""

    source: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")]
    """The probe's folder (or a ledger, a relation table, a runs table)."""
    estimates: tuple[str, ...] = ()
    """Estimate files; those in the probe's folder when not given."""
    threshold: float = -0.01
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
        from relations.estimates.agreement import agreement
        from relations.estimates.agreement_table import agreement_text, write_agreement_table
        from relations.estimates.cut import Cut
        from relations.sources import load_changes
        from relations.statistics.corrections import check_levels

        check_levels(self.threshold, 0.95, "none")
        found = agreement(
            load_changes(self.source),
            self._estimates(),
            threshold=self.threshold,
            cut=Cut(self.cut),
            draws=self.draws,
        )
        print(agreement_text(found))
        if self.csv is not None:
            write_agreement_table(found, self.csv)
            print(f"\nwritten: {self.csv}")
        if self.plot is not None:
            from analysis.figures.agreement import agreement_plot
            from analysis.figures.figure_file import save

            save(agreement_plot(found), self.plot)
            print(f"written: {self.plot}")
        return 0

    def _estimates(self) -> "list[Estimate]":
        """The estimates named, or those in the folder.

        Raises:
            EstimateError: There are none, or one cannot be read.
        """
        from relations.estimates.estimate import EstimateError
        from relations.estimates.estimate_file import estimate_name, load_estimate

        folder = Path(self.source)
        paths = list(self.estimates) or sorted(folder.glob(estimate_name("*")))
        if not paths:
            raise EstimateError(
                f"There is no estimate in `{folder}`. Make one with `gradsplit probe TASKSET --out "
                f"{folder} --estimator lookahead`, or name files with --estimates."
            )
        return [load_estimate(path) for path in paths]
