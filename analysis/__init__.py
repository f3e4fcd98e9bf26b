"""Reading results: heatmaps, relation graphs, masks as pictures, comparisons; trains nothing."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.export import export
    from analysis.figure_file import save
    from analysis.graph_plot import graph_plot
    from analysis.heatmap import heatmap
    from analysis.mask_plot import channel_plot, mask_plot

# Loaded on first use: matplotlib and seaborn take longer to import than the command's help may.
_HOMES = {
    "Comparison": "analysis.comparison",
    "channel_plot": "analysis.mask_plot",
    "export": "analysis.export",
    "graph_plot": "analysis.graph_plot",
    "heatmap": "analysis.heatmap",
    "mask_plot": "analysis.mask_plot",
    "save": "analysis.figure_file",
}

__all__ = [
    "Comparison",
    "channel_plot",
    "export",
    "graph_plot",
    "heatmap",
    "mask_plot",
    "save",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
