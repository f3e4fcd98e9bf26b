"""Reading results: heatmaps, relation graphs, masks as pictures, comparisons; trains nothing.

A drawing function lives in the module of its name, e.g. `from analysis.figures.heatmap import heatmap`; it
takes and returns matplotlib axes and shows nothing. `analysis.save` writes them to a file. In a
notebook, `%load_ext analysis` shows change matrices, relation graphs and masks as figures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison
    from analysis.figures.figure_file import save
    from analysis.figures.mask import ModuleChannels

# Loaded on first use: matplotlib and seaborn take longer to import than the command's help may.
# Functions named like their module are not among them: importing the module would hide them.
_HOMES = {
    "Comparison": "analysis.comparison.comparison",
    "ModuleChannels": "analysis.figures.mask",
    "load_ipython_extension": "analysis.figures.notebook",
    "save": "analysis.figures.figure_file",
    "unload_ipython_extension": "analysis.figures.notebook",
}

__all__ = ["Comparison", "ModuleChannels", "save"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
