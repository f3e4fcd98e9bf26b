"""The notebooks of docs/notebooks run from top to bottom, with less training than for a reader."""

from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.long

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
# Cells that end with one of these show a picture.
PICTURES = {"five_minutes": 4, "reading_a_relation_matrix": 4, "your_own_loop": 1}
PICTURES["recommendation"] = 1


def outputs(notebook) -> list:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not outputs(notebook)
    assert {cell.get("execution_count") for cell in notebook.cells} == {None}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_its_pictures(path, tmp_path, monkeypatch):
    from nbclient import NotebookClient

    monkeypatch.setenv("GRADSPLIT_QUICK", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    # Nothing of the person who runs the tests takes part, and nothing is left in their home.
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()
    shown = outputs(notebook)
    assert not [output.text for output in shown if output.get("name") == "stderr"]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == PICTURES[path.stem]
