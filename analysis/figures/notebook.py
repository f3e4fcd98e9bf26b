"""Pictures in notebooks: `%load_ext analysis` shows matrices, graphs and masks as figures."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analysis.figures.figure_file import figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relations.graph import RelationGraph
    from relations.mask import GradientMask
    from relations.statistics.change_matrix import ChangeMatrix

# Dots an inch: sharp on usual screens, and four tasks still fit beside the text.
_DPI = 110


def load_ipython_extension(ipython: Any) -> None:
    """Show change matrices as heatmaps, relation graphs as graphs, masks as pictures.

    IPython calls this for `%load_ext analysis`. The texts that `print` gives stay as they are.

    Args:
        ipython: The running shell.
    """
    formatter = ipython.display_formatter.formatters["image/png"]
    for module, name, draw in _DRAWN:
        formatter.for_type_by_name(module, name, draw)


def unload_ipython_extension(ipython: Any) -> None:
    """Undo `load_ipython_extension`, for `%unload_ext analysis`."""
    formatter = ipython.display_formatter.formatters["image/png"]
    for module, name, _ in _DRAWN:
        formatter.pop(f"{module}.{name}", None)


def _heatmap(changes: "ChangeMatrix") -> bytes:
    from analysis.figures.heatmap import heatmap

    return _png(heatmap(changes))


def _graph(graph: "RelationGraph") -> bytes:
    from analysis.figures.graph import graph_plot

    return _png(graph_plot(graph))


def _mask(mask: "GradientMask") -> bytes:
    from analysis.figures.mask import mask_plot

    return _png(mask_plot(mask))


def _png(axes: "Axes") -> bytes:
    """A figure as the bytes of a png."""
    file = io.BytesIO()
    figure_of(axes).savefig(file, format="png", dpi=_DPI, bbox_inches="tight", pad_inches=0.04)
    return file.getvalue()


_DRAWN: tuple[tuple[str, str, Callable[[Any], bytes]], ...] = (
    ("relations.statistics.change_matrix", "ChangeMatrix", _heatmap),
    ("relations.graph", "RelationGraph", _graph),
    ("relations.mask", "GradientMask", _mask),
)
