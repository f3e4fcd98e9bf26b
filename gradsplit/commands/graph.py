"""`gradsplit graph SOURCE --out FILE`: the relation graph as a picture or for other programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from analysis.graph_formats.registry import graph_formats
from gradsplit.commands.options.picture import PictureOptions
from gradsplit.commands.options.source import SourceOptions, notes_text, unrepeated_text
from gradsplit.errors import GradSplitError

_ENDINGS = [form.ending for form in graph_formats()]
_PICTURES = (".png", ".svg", ".pdf")
_OUT = f"A picture ({', '.join(_PICTURES)}) or data ({', '.join(_ENDINGS)})."


@dataclass(kw_only=True)
class Graph(PictureOptions, SourceOptions):
    """Draw the relation graph, or export it."""

    POSITION: ClassVar[int] = 330

    out: Annotated[str, tyro.conf.arg(help=_OUT)]
    hide_undecided: bool = False
    """Leave undecided edges out of the picture; else they are dashed."""
    compact: bool = False
    """The graph and its legend alone, without groups and lists of tasks beside it."""
    all_tasks: bool = False
    """Draw every task; else more than 40 are drawn in groups that harm each other."""

    def run(self) -> int:
        """Draw or export it."""
        from analysis import export, relation_plot, save

        ending = Path(self.out).suffix.lower()
        if ending not in (*_PICTURES, *_ENDINGS):
            raise GradSplitError(
                f"`--out` must end as a picture ({', '.join(_PICTURES)}) or as data "
                f"({', '.join(_ENDINGS)}), got {self.out!r}."
            )
        graph = self.relations()
        if ending in _ENDINGS:
            export(graph, self.out)
        else:
            axes = relation_plot(
                graph,
                undecided=not self.hide_undecided,
                beside=not self.compact,
                all_tasks=self.all_tasks,
                **self.look(),
            )
            save(axes, self.out, dpi=self.dpi)
        print(f"written: {self.out}")
        if self.hide_undecided and ending in _PICTURES and (why := unrepeated_text(graph)):
            print(f"{why}, and left out of the picture")
        if notes := notes_text(graph):
            print(notes.lstrip("\n"))
        return 0
