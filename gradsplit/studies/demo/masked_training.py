"""The last step of each part of the demo: does training with the mask help?"""

from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import compare_methods
from relations.tables.text_table import line_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradsplit.studies.variant_runs import VariantRuns
    from relations.mask import GradientMask


def masked_against_plain(runs: "VariantRuns", mask: "GradientMask", seeds: "Sequence[int]") -> str:
    """The table of a comparison of GradSplit with plain multi-head training."""
    from analysis.comparison.table import comparison_table
    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.methods.multi_head import MultiHead

    methods = {"multi-head": MultiHead(), "GradSplit": MaskedTraining(mask)}
    compared = compare_methods(runs, methods, seeds)
    return comparison_table(compared, baseline="multi-head").text(line_width())
