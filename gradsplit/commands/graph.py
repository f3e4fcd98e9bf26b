"""`gradsplit graph SOURCE --out FILE`: the relation graph as a picture or for other programs."""

from dataclasses import dataclass

from gradsplit.commands.source import SourceOptions


@dataclass(kw_only=True)
class Graph(SourceOptions):
    """Draw the relation graph, or export it."""

    out: str
    """A picture (.png, .svg, .pdf) or data (.graphml, .gexf, .dot, .csv)."""
    undecided: bool = False
    """Also draw undecided edges, dashed."""

    def run(self) -> int:
        """Draw or export it."""
        from pathlib import Path

        from analysis.export import ENDINGS, export
        from analysis.figure_file import save
        from analysis.graph_plot import graph_plot

        _, graph = self.judged()
        if Path(self.out).suffix.lower() in ENDINGS:
            export(graph, self.out)
        else:
            save(graph_plot(graph, undecided=self.undecided), self.out)
        print(f"written: {self.out}")
        return 0
