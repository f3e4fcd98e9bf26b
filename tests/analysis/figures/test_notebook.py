"""What a notebook shows: figures after `%load_ext analysis`, texts without it."""

from collections.abc import Callable

import pytest

import analysis
from relations.mask import GradientMask


class Formatter(dict[str, Callable]):
    """What IPython's formatters do: functions by type name."""

    def for_type_by_name(self, module: str, name: str, draw: Callable) -> None:
        self[f"{module}.{name}"] = draw


class Shell:
    def __init__(self) -> None:
        self.display_formatter = self
        self.formatters = {"image/png": Formatter()}


def test_matrix_graph_and_mask_become_pictures(four_changes, four_graph):
    shell = Shell()
    analysis.load_ipython_extension(shell)
    draws = shell.formatters["image/png"]
    for shown in (four_changes, four_graph, GradientMask.identity(["a", "b"])):
        kind = type(shown)
        picture = draws[f"{kind.__module__}.{kind.__name__}"](shown)
        assert picture.startswith(b"\x89PNG")
        assert len(picture) > 3000
    analysis.unload_ipython_extension(shell)
    assert not draws


@pytest.mark.filterwarnings("ignore")
def test_ipython_itself_shows_them(four_changes):
    formatters = pytest.importorskip("IPython.core.formatters")
    shell = Shell()
    shell.display_formatter = formatters.DisplayFormatter()
    analysis.load_ipython_extension(shell)
    assert "image/png" in shell.display_formatter.format(four_changes)[0]
    analysis.unload_ipython_extension(shell)
    assert "image/png" not in shell.display_formatter.format(four_changes)[0]
