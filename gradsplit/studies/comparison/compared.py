"""What a comparison has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from analysis.comparison.comparison import Comparison
from analysis.comparison.comparison_files import (
    ComparisonTables,
    answered,
    comparison_tables,
    write_comparison,
)
from analysis.comparison.questions import Answer, Question
from analysis.comparison.table import comparison_table
from analysis.text_table import Table
from gradsplit.studies.comparison.built_methods import mask_of

if TYPE_CHECKING:
    from analysis.figures.figure_file import Look
    from gradsplit.training.methods.method import Method
    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.runs import Run


@dataclass(frozen=True)
class Compared:
    """Methods compared by `gradsplit.compare`; printed, it is what the command says.

    Attributes:
        comparison: Every score, the statistics of the methods, and their costs.
        baseline: The method that the others are compared with.
        questions: The pairs of methods that were tested.
        methods: Name -> method as it was trained, with its mask or loss weights.
        weights: Name -> loss weights that a search found.
        graph: The relation that was measured for the masks; None where none was needed.
        shorter: The same at the smaller of two numbers of steps; None without.
        trained: The runs that were finished during the call.
        held: The runs that the ledger held before.
        text: All of it for people, in the order in which it was found.
    """

    comparison: Comparison
    baseline: str
    questions: tuple[Question, ...]
    methods: "Mapping[str, Method]"
    weights: Mapping[str, Mapping[str, float]]
    graph: "RelationGraph | None"
    shorter: Comparison | None
    trained: "frozenset[Run]"
    held: "frozenset[Run]"
    text: str

    @property
    def table(self) -> Table:
        """Scores of every task, delta_m, differences to the baseline and costs of every method."""
        return comparison_table(self.comparison, self.baseline)

    @property
    def tables(self) -> ComparisonTables:
        """The same, and the tests of pairs of methods."""
        return comparison_tables(self.comparison, self.baseline, self.answers)

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What the seeds say to each of the questions, corrected together."""
        return answered(self.comparison, self.baseline, self.questions)

    @property
    def masks(self) -> "dict[str, GradientMask]":
        """Name -> mask, of the methods that have one."""
        masks = {name: mask_of(method) for name, method in self.methods.items()}
        return {name: mask for name, mask in masks.items() if mask is not None}

    def save(self, folder: str | Path, **look: "Unpack[Look]") -> None:
        """Write the tables and pictures as into the comparison's own folder.

        Args:
            folder: Where to; made when it is not there.
            look: Width in inches and font size of the pictures, see `analysis.change_plot`.
        """
        write_comparison(self.comparison, folder, self.baseline, self.questions, **look)

    def __str__(self) -> str:
        return self.text
