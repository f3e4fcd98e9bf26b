"""What is written of a comparison, and that it is read back as it was."""

from pathlib import Path

import pytest

from analysis import Comparison, comparison_table, read_scores, write_comparison

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


def test_the_table_is_written_in_each_form(comparison: Comparison, tmp_path: Path) -> None:
    table = write_comparison(comparison, tmp_path / "new" / "folder", "joint")
    folder = tmp_path / "new" / "folder"
    assert table == comparison_table(comparison, "joint")
    assert (folder / "comparison.txt").read_text() == f"{table}\n"
    assert (folder / "comparison.md").read_text() == f"{table.markdown()}\n"
    assert (folder / "comparison.tex").read_text() == f"{table.latex()}\n"
    assert written(folder) == TABLES | {"changes.png", "delta_m.png", "paired.png"}


def test_costs_are_drawn_and_pairs_only_with_a_baseline(tmp_path: Path) -> None:
    costs = {name: {"step [ms]": 1.0 + place} for place, name in enumerate(SCORES)}
    comparison = Comparison(SCORES, higher_is_better={"depth": False}, costs=costs)
    write_comparison(comparison, tmp_path)
    assert written(tmp_path) == TABLES | {"changes.png", "delta_m.png", "cost.png"}


def test_two_methods_alone_have_no_pairs_to_draw(tmp_path: Path) -> None:
    two = {name: SCORES[name] for name in ("single", "joint")}
    write_comparison(Comparison(two), tmp_path, "joint")
    assert "paired.png" not in written(tmp_path)
