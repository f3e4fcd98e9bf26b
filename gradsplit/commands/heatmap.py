"""`gradsplit heatmap SOURCE --out FILE`: the change matrix as a picture."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from gradsplit.commands.options.picture import PictureOptions
from gradsplit.commands.options.source import SourceOptions, notes_text


@dataclass(kw_only=True)
class Heatmap(PictureOptions, SourceOptions):
    """Draw the change matrix; harmful cells are marked, undecided ones told apart."""

    POSITION: ClassVar[int] = 320

    out: str
    """The picture: .png, .svg or .pdf."""
    order: Literal["given", "cluster"] = "given"
    """Order of tasks: as given, or similar tasks side by side."""
    second_line: Literal["interval", "n", "none"] = "interval"
    """What stands below a change where there is room: interval, number of seeds, nothing."""

    def run(self) -> int:
        """Draw and save it."""
        from analysis import relation_heatmap, save

        graph = self.relations()
        axes = relation_heatmap(
            graph, order=self.order, second_line=self.second_line, **self.look()
        )
        save(axes, self.out, dpi=self.dpi)
        print(f"written: {self.out}{notes_text(graph)}")
        return 0
