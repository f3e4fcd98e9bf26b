"""`gradsplit heatmap SOURCE --out FILE`: the change matrix as a picture."""

from dataclasses import dataclass
from typing import Literal

from gradsplit.commands.source import SourceOptions


@dataclass(kw_only=True)
class Heatmap(SourceOptions):
    """Draw the change matrix; harmful cells are marked, undecided ones told apart."""

    out: str
    """The picture: .png, .svg or .pdf."""
    order: Literal["given", "cluster"] = "given"
    """Order of tasks: as given, or similar tasks side by side."""
    second_line: Literal["interval", "n", "none"] = "interval"
    """What stands below a change where there is room: interval, number of seeds, nothing."""
    title: str | None = None
    """Title above the picture."""
    dpi: int = 200
    """Dots an inch of a png."""

    def run(self) -> int:
        """Draw and save it."""
        from analysis.figures.figure_file import save
        from analysis.figures.heatmap import heatmap

        estimated = self.judged_estimate()
        if estimated is None:
            changes, graph = self.judged()
            axes = heatmap(
                changes, graph, order=self.order, second_line=self.second_line, title=self.title
            )
        else:
            from analysis.figures.estimate import estimate_heatmap

            axes = estimate_heatmap(*estimated, title=self.title)
        save(axes, self.out, dpi=self.dpi)
        print(f"written: {self.out}")
        return 0
