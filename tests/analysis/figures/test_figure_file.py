"""Figures are written in three formats, the same bytes for the same figure."""

import subprocess
import sys

import pytest

from analysis.figures.figure_file import FigureFileError, save
from analysis.figures.graph import graph_plot
from analysis.figures.heatmap import heatmap
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import ODD_NAMES, random_changes


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_bytes(tmp_path, ending):
    changes = random_changes(4)
    first = save(heatmap(changes), tmp_path / "deep" / f"a.{ending}").read_bytes()
    second = save(heatmap(changes), tmp_path / f"b.{ending}").read_bytes()
    assert first == second
    assert len(first) > 5000


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_odd_names_are_written_in_every_format(tmp_path, ending):
    changes = random_changes(len(ODD_NAMES), tasks=ODD_NAMES)
    save(heatmap(changes), tmp_path / f"heatmap.{ending}")
    save(graph_plot(RelationGraph.from_changes(changes)), tmp_path / f"graph.{ending}")


def test_another_ending_is_refused_with_the_formats_there_are(tmp_path):
    with pytest.raises(FigureFileError, match=r"\.png, \.svg, \.pdf, got 'figure\.jpg'"):
        save(heatmap(random_changes(2)), tmp_path / "figure.jpg")


def test_a_place_that_cannot_be_written_is_an_error_of_the_user(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FigureFileError, match="cannot be written"):
        save(heatmap(random_changes(2)), tmp_path / "file" / "figure.png")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in run.stdout.splitlines()[-1].split()}


def test_importing_analysis_imports_nothing_heavy():
    heavy = {"torch", "matplotlib", "seaborn", "pandas", "scipy", "networkx", "gradsplit"}
    assert not heavy & loaded_by("import analysis; analysis.__all__")
    assert "matplotlib" in loaded_by("import matplotlib")


def test_every_public_name_exists_is_no_module_and_needs_no_torch():
    loaded = loaded_by(
        "import types, analysis, analysis.figures.heatmap, analysis.figures.graph\n"
        "import analysis.comparison.comparison\n"
        "for name in analysis.__all__:\n"
        "    for _ in range(2): assert not isinstance(getattr(analysis, name), types.ModuleType)"
    )
    assert not {"torch", "gradsplit"} & loaded


def test_an_unknown_name_is_an_attribute_error():
    import analysis

    with pytest.raises(AttributeError, match="no attribute 'plot_everything'"):
        _ = analysis.plot_everything
    assert set(analysis.__all__) <= set(dir(analysis))
