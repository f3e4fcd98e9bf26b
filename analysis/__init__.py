"""Reading results: heatmaps, relation graphs, masks as pictures, comparisons; trains nothing.

Drawing functions take and return matplotlib axes and show nothing; `save` writes them to a file. In
a notebook, `%load_ext analysis` shows change matrices, relation graphs and masks as figures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.comparison.comparison_files import ComparisonTables, write_comparison
    from analysis.comparison.questions import Answer, answer_questions
    from analysis.comparison.scores_table import read_scores
    from analysis.comparison.seed_means import Difference, SeedMean
    from analysis.comparison.table import comparison_table
    from analysis.curves.trained_curves import TrainedCurves, read_curves
    from analysis.diagnosis.removed_harm import removed_harm
    from analysis.figures.ablation import ablation_plot
    from analysis.figures.agreement import agreement_plot
    from analysis.figures.channels import ModuleChannels, channel_plot
    from analysis.figures.comparison import change_plot, cost_plot
    from analysis.figures.comparison_rows import delta_m_plot, paired_plot
    from analysis.figures.diagnosis import diagnosis_plot
    from analysis.figures.estimate import estimate_graph_plot, estimate_heatmap
    from analysis.figures.figure_file import save
    from analysis.figures.graph import graph_plot
    from analysis.figures.heatmap import heatmap
    from analysis.figures.learning_curves import learning_curves
    from analysis.figures.mask import mask_plot
    from analysis.figures.relations import relation_heatmap, relation_plot
    from analysis.figures.score_curves import curve_plot
    from analysis.graph_formats.registry import export, graph_format
    from analysis.harm_summary import Harm, Standing, harm
    from analysis.page.report import Report, report_html

# Loaded on first use: matplotlib and seaborn take longer to import than the command's help may.
_HOMES = {
    "Answer": "comparison.questions",
    "Comparison": "comparison.comparison",
    "ComparisonTables": "comparison.comparison_files",
    "Difference": "comparison.seed_means",
    "Harm": "harm_summary",
    "ModuleChannels": "figures.channels",
    "Report": "page.report",
    "SeedMean": "comparison.seed_means",
    "Standing": "harm_summary",
    "TrainedCurves": "curves.trained_curves",
    "ablation_plot": "figures.ablation",
    "agreement_plot": "figures.agreement",
    "answer_questions": "comparison.questions",
    "change_plot": "figures.comparison",
    "channel_plot": "figures.channels",
    "comparison_table": "comparison.table",
    "cost_plot": "figures.comparison",
    "curve_plot": "figures.score_curves",
    "delta_m_plot": "figures.comparison_rows",
    "diagnosis_plot": "figures.diagnosis",
    "estimate_graph_plot": "figures.estimate",
    "estimate_heatmap": "figures.estimate",
    "export": "graph_formats.registry",
    "graph_format": "graph_formats.registry",
    "graph_plot": "figures.graph",
    "harm": "harm_summary",
    "heatmap": "figures.heatmap",
    "learning_curves": "figures.learning_curves",
    "mask_plot": "figures.mask",
    "paired_plot": "figures.comparison_rows",
    "read_curves": "curves.trained_curves",
    "read_scores": "comparison.scores_table",
    "relation_heatmap": "figures.relations",
    "relation_plot": "figures.relations",
    "removed_harm": "diagnosis.removed_harm",
    "report_html": "page.report",
    "save": "figures.figure_file",
    "write_comparison": "comparison.comparison_files",
}
# Of the notebook extension; IPython asks the package for them, people do not.
_EXTENSION = ("load_ipython_extension", "unload_ipython_extension")

__all__ = [
    "Answer",
    "Comparison",
    "ComparisonTables",
    "Difference",
    "Harm",
    "ModuleChannels",
    "Report",
    "SeedMean",
    "Standing",
    "TrainedCurves",
    "ablation_plot",
    "agreement_plot",
    "answer_questions",
    "change_plot",
    "channel_plot",
    "comparison_table",
    "cost_plot",
    "curve_plot",
    "delta_m_plot",
    "diagnosis_plot",
    "estimate_graph_plot",
    "estimate_heatmap",
    "export",
    "graph_format",
    "graph_plot",
    "harm",
    "heatmap",
    "learning_curves",
    "mask_plot",
    "paired_plot",
    "read_curves",
    "read_scores",
    "relation_heatmap",
    "relation_plot",
    "removed_harm",
    "report_html",
    "save",
    "write_comparison",
]


def __getattr__(name: str) -> Any:
    home = "figures.notebook" if name in _EXTENSION else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(f"analysis.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
