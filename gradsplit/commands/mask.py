"""`gradsplit mask SOURCE --out mask.json`: the gradient mask that training consumes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.source import SourceOptions, notes_text, unrepeated_text
from gradsplit.errors import GradSplitError

if TYPE_CHECKING:
    from relations.graph import RelationGraph
    from relations.mask import GradientMask


@dataclass(kw_only=True)
class Mask(SizeOptions, SourceOptions):
    """Write the gradient mask: whose loss may update whose filters."""

    POSITION: ClassVar[int] = 410

    out: str
    """The mask file (.json)."""
    undecided: Literal["point", "allow", "block"] = "point"
    """What to do with an undecided edge: let its mean decide (the method's rule), allow it, or
    block it."""
    unknown: Literal["allow", "block"] | None = None
    """What to do with an edge that was not measured; without an answer the mask is refused."""
    picture: str | None = None
    """Also draw the mask into this file, .png, .svg or .pdf."""

    def run(self) -> int:
        """Make, save and print it."""
        from gradsplit.studies.diagnosis.diagnosed_modules import with_diagnosed_modules
        from relations import GradientMask

        self._check_files()
        graph = self.relations()
        mask = GradientMask.from_graph(
            graph,
            undecided=self.undecided,
            unknown=self.unknown,
            provenance={"source": self.source},
        )
        mask = with_diagnosed_modules(mask, Path(self.source))
        mask.save(self.out)
        print(mask)
        if about := self._undecided(graph, mask):
            print(f"\n{about}")
        modules = mask.provenance.get("modules")
        if isinstance(modules, list):
            named = ", ".join(map(str, modules))
            print(f"\nmade for the modules {named}, which the diagnosis found: --modules auto")
        if "estimate" in graph.graph:
            print(
                f"\nmade from an estimate ({graph.graph['estimate']['estimator']}), not from a "
                "probe; the file says so. How far such masks can be trusted: docs/estimators.md"
            )
        if notes := notes_text(graph):
            print(notes)  # begins with a line break
        print(f"\nwritten: {self.out}")
        if self.picture is not None:
            from analysis import mask_plot, save

            save(mask_plot(mask, **self.size()), self.picture)
            print(f"written: {self.picture}")
        return 0

    def _undecided(self, graph: "RelationGraph", mask: "GradientMask") -> str:
        """How many of the blocked updates nobody has decided; empty where all of them are."""
        blocked, undecided = mask.blocked(), set(graph.with_verdict("undecided"))
        unsure = sum(edge in undecided for edge in blocked)
        unrepeated = "" if self.undecided == "point" else unrepeated_text(graph)
        if unrepeated:
            do = {"allow": "allows", "block": "blocks"}[self.undecided]
            return f"{unrepeated}, and `--undecided {self.undecided}` {do} every one of them"
        if not unsure or "estimate" in graph.graph:
            return ""
        s, are = ("s", "are") if len(blocked) > 1 else ("", "is")
        count = "undecided" if unsure == len(blocked) == 1 else f"{unsure} of them undecided"
        return f"{len(blocked)} update{s} {are} blocked, {count}"

    def _check_files(self) -> None:
        """Refuse names whose endings say another format, before anything is written.

        Raises:
            GradSplitError: A mask's file does not end in .json.
            FigureFileError: The picture has no ending of pictures.
        """
        self.refuse_size("--picture", self.picture)
        path = Path(self.out)
        if path.suffix.lower() != ".json":
            named = path.with_suffix(".json") if path.name else path / "mask.json"
            raise GradSplitError(
                f"A mask is JSON: `--out` must end in .json, got {self.out!r}. Give `{named}`."
            )
        if self.picture is not None:
            from analysis.figures.figure_file import check_figure_path

            check_figure_path(Path(self.picture))
