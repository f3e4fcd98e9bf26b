"""What a diagnosis of edges has found: to print, to read on, to write into its folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from analysis.diagnosis.diagnosis_file import DIAGNOSIS
from gradsplit.studies.diagnosis.diagnosed_modules import MASK_NAME
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from relations.mask import GradientMask
from relations.tables.text_table import line_width

if TYPE_CHECKING:
    from analysis.figures.figure_file import Look
    from gradsplit.studies.diagnosis.diagnosis import Diagnosis, Recommendation
    from gradsplit.studies.diagnosis.intervention import Edge
    from relations import RelationGraph


@dataclass(frozen=True)
class Diagnosed:
    """The diagnoses of some edges. Prints as `gradsplit diagnose` does.

    Attributes:
        graph: The relation that the edges come from.
        harmless: Edges that were asked for and have no loss to diagnose.
        diagnoses: One an edge.
        folder: Where the ledger lies, and where `save` writes.
    """

    graph: "RelationGraph"
    harmless: "tuple[Edge, ...]"
    diagnoses: "tuple[Diagnosis, ...]"
    folder: Path

    @property
    def recommended(self) -> "dict[Edge, Recommendation | None]":
        """Edge -> what to do, with what that was measured to bring; None while it is undecided."""
        return {diagnosis.edge: diagnosis.recommended for diagnosis in self.diagnoses}

    @property
    def mask(self) -> GradientMask | None:
        """The mask of all edges for which a split is recommended; None where none is."""
        splits = self._splits()
        if not splits:
            return None
        return GradientMask(
            splits[0].mask.tasks,
            np.logical_and.reduce([split.mask.may_update for split in splits]),
            provenance={"source": "diagnosis", "modules": list(self.modules)},
        )

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules to split by the mask."""
        return tuple(
            dict.fromkeys(name for split in self._splits() for name in split.modules or ())
        )

    def _splits(self) -> list[MaskedTraining]:
        methods = [diagnosis.followed and diagnosis.followed.method for diagnosis in self.diagnoses]
        return [method for method in methods if isinstance(method, MaskedTraining)]

    def __str__(self) -> str:
        return f"{self.graph}\n{self.text()}"

    def text(self) -> str:
        """Everything but the relation: edges without a loss, and a diagnosis an edge."""
        lines = []
        for source, target in self.harmless:
            seen = self.graph.edges[source, target]
            kind = self.graph.kind(target)
            change = f"{kind.number(seen['change'], 1)} {kind.short} ({seen['verdict']})"
            lines.append(f"{source} -> {target}: {change}, no loss to diagnose.")
        if self.diagnoses:
            lines.append("\n\n".join(["", *(one.text(line_width()) for one in self.diagnoses)]))
        elif self.graph.with_verdict("unknown"):
            lines.append("No known edge is harmful or undecided with a loss; some are unknown.")
        else:
            lines.append(
                "No edge is harmful or undecided with a loss: there is nothing to diagnose."
            )
        return "\n".join(lines)

    def to_json(self) -> str:
        """A list with an object an edge, see docs/diagnosis.md; what is not known is null."""
        return json.dumps([diagnosis.to_dict() for diagnosis in self.diagnoses], indent=1)

    def save(self, folder: str | Path | None = None, **look: "Unpack[Look]") -> None:
        """Write the text, the numbers, a picture an edge, and the mask where there is one.

        Args:
            folder: Where to; that of the ledger when None.
            look: Width in inches and font size of the pictures, see `analysis.change_plot`.
        """
        from analysis.figures.diagnosis import diagnosis_plot
        from analysis.figures.figure_file import save

        folder = self.folder if folder is None else Path(folder)
        (folder / "diagnosis.txt").write_text("\n\n".join(map(str, self.diagnoses)) + "\n")
        (folder / DIAGNOSIS).write_text(self.to_json())
        for diagnosis in self.diagnoses:
            source, target = diagnosis.edge
            title = f"{source} -> {target}: {diagnosis.named}"
            picture = folder / f"diagnosis-{source}-{target}.png"
            drawn = diagnosis_plot(diagnosis.rows, title=title, curve=diagnosis.curve, **look)
            save(drawn, picture)
        if self.mask is not None:
            self.mask.save(folder / MASK_NAME)
