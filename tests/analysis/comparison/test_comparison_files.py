"""What is written of a comparison, and that it is read back as it was."""

import csv
from pathlib import Path

import numpy as np
import pytest

from analysis import Comparison, comparison_table, read_scores, write_comparison
from relations.errors import RelationsError

SCORES = {
    "single": {3: {"pose": 0.8, "depth": 2.0}, 5: {"pose": 0.7, "depth": 2.1}},
    "joint": {3: {"pose": 0.7, "depth": 2.2}, 5: {"pose": 0.65, "depth": 2.4}},
    "split": {3: {"pose": 0.75, "depth": 1 / 3}, 5: {"pose": 0.69, "depth": 2.0}},
}
TABLES = {f"comparison.{kind}" for kind in ("txt", "csv", "md", "tex")} | {"scores.csv"}


@pytest.fixture
def comparison() -> Comparison:
    return Comparison(SCORES, higher_is_better={"depth": False})


def written(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_every_score_is_read_back_exactly(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path, "joint")
    again = read_scores(tmp_path / "scores.csv", lower=("depth",))
    assert again.scores == SCORES
    assert again.deltas("split") == comparison.deltas("split")


def test_the_tables_are_written_in_each_form(comparison: Comparison, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    tables = write_comparison(comparison, folder, "joint")
    assert tables.methods == comparison_table(comparison, "joint")
    assert tables.questions is not None
    assert (folder / "comparison.txt").read_text() == f"{tables}\n"
    both = (tables.methods, tables.questions)
    markdown = "\n\n".join(table.markdown() for table in both)
    assert (folder / "comparison.md").read_text() == f"{markdown}\n"
    latex = "\n\n".join(table.latex() for table in both)
    assert (folder / "comparison.tex").read_text() == f"{latex}\n"
    pictures = {"changes.png", "delta_m.png", "paired.png"}
    assert written(folder) == TABLES | {"questions.csv"} | pictures


def test_p_values_are_named_in_every_file(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path, "joint")
    for kind in ("txt", "md", "tex"):
        text = (tmp_path / f"comparison.{kind}").read_text()
        assert "p raw" in text
        assert text.count("p Holm") >= 2
    for name in ("comparison.csv", "questions.csv"):
        header = (tmp_path / name).read_text().splitlines()[0].split(",")
        assert {"p_raw", "p_holm"} <= set(header)
        assert "p" not in header


def test_pairs_are_tested_as_they_are_asked(comparison: Comparison, tmp_path: Path) -> None:
    tables = write_comparison(comparison, tmp_path, "joint", [("split", "joint"), "single"])
    assert tables.questions is not None
    assert [row[0] for row in tables.questions.rows] == [
        "split − joint", "joint − single", "split − single",
    ]  # fmt: skip
    with (tmp_path / "questions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["method"], row["against"], row["n"]) for row in rows] == [
        ("split", "joint", "2"), ("joint", "single", "2"), ("split", "single", "2"),
    ]  # fmt: skip
    assert write_comparison(comparison, tmp_path / "none", "joint", []).questions is None
    with pytest.raises(RelationsError, match="`against` takes methods"):
        write_comparison(comparison, tmp_path / "wrong", "joint", ["nobody"])
    assert not (tmp_path / "wrong").exists()


def test_a_run_that_diverged_is_read_back_as_one(tmp_path: Path) -> None:
    nan = float("nan")
    runs = {**SCORES["split"], 5: {"pose": nan, "depth": nan}}
    lost = Comparison({**SCORES, "split": runs}, higher_is_better={"depth": False})
    write_comparison(lost, tmp_path, "joint")
    again = read_scores(tmp_path / "scores.csv", lower=("depth",))
    assert again.diverged("split") == (5,)
    assert again.deltas("split") == lost.deltas("split")
    assert "Diverged: split (seed 5)" in (tmp_path / "comparison.txt").read_text()


def test_lines_are_as_wide_as_is_asked(comparison: Comparison, tmp_path: Path) -> None:
    tables = write_comparison(comparison, tmp_path, "joint")
    for width in (80, 120):
        text = tables.text(width)
        assert max(map(len, text.splitlines())) <= width
        for table in (tables.methods, tables.questions):
            assert table is not None
            assert all(cell in text for row in (table.header, *table.rows) for cell in row)


def test_costs_are_drawn_and_pairs_only_with_a_baseline(tmp_path: Path) -> None:
    costs = {name: {"step [ms]": 1.0 + place} for place, name in enumerate(SCORES)}
    comparison = Comparison(SCORES, higher_is_better={"depth": False}, costs=costs)
    write_comparison(comparison, tmp_path)
    assert written(tmp_path) == TABLES | {"changes.png", "delta_m.png", "cost.png"}


def test_two_methods_alone_have_no_pairs_to_draw(tmp_path: Path) -> None:
    two = {name: SCORES[name] for name in ("single", "joint")}
    write_comparison(Comparison(two), tmp_path, "joint")
    assert "paired.png" not in written(tmp_path)


def test_scores_of_numpy_are_written_as_numbers(tmp_path):
    runs = {0: {"pose": np.float64(0.7)}, 1: {"pose": np.float64(0.8)}}
    comparison = Comparison({"single": runs, "ours": runs}, costs={"ours": {"ms": np.float64(3)}})
    write_comparison(comparison, tmp_path)
    for name in ("scores.csv", "comparison.csv"):
        assert "float64" not in (tmp_path / name).read_text()
    assert read_scores(tmp_path / "scores.csv").scores["ours"][0] == {"pose": 0.7}


def test_files_of_an_earlier_comparison_do_not_stay_beside_another(
    comparison: Comparison, tmp_path: Path
) -> None:
    write_comparison(comparison, tmp_path, "joint")
    assert {"questions.csv", "paired.png"} <= written(tmp_path)
    (tmp_path / "cost.png").write_text("of another")
    (tmp_path / "mine.png").write_text("not ours")
    write_comparison(comparison, tmp_path)
    assert not {"questions.csv", "paired.png", "cost.png"} & written(tmp_path)
    assert "mine.png" in written(tmp_path)


def test_runs_that_gave_no_side_scores_make_no_file_of_them(tmp_path: Path) -> None:
    side = {method: {seed: {} for seed in runs} for method, runs in SCORES.items()}
    write_comparison(Comparison(SCORES, side=side), tmp_path)
    assert not {"side_scores.txt", "side_scores.csv"} & written(tmp_path)
