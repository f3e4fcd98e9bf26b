"""The comparison of methods on the page: in words and units, not as the columns of a file."""

import csv
import io

from analysis.comparison.comparison import Comparison
from analysis.comparison.numbers import comparison_csv
from analysis.page.compared import compared_section
from relations.change_kinds import ChangeKind
from tests.analysis.page.test_report import html_of, random_changes


def comparison(kinds=None, costs=None):
    scores = {
        "single": {0: {"pose": 0.80, "depth": 2.0}, 1: {"pose": 0.82, "depth": 2.1}},
        "multi-head": {0: {"pose": 0.72, "depth": 2.2}, 1: {"pose": 0.73, "depth": 2.3}},
        "db-mtl": {0: {"pose": 0.78, "depth": 2.1}, 1: {"pose": 0.80, "depth": 2.0}},
    }
    return Comparison(scores, kinds=kinds or {}, costs=costs or {})


def section(baseline="multi-head", **options):
    text = comparison_csv(comparison(**options), baseline)
    found = compared_section(list(csv.reader(io.StringIO(text))), "comparison.csv")
    assert found is not None
    return found


def cells(found, method):
    return dict(zip(found.columns, dict(found.rows)[method], strict=True))


def test_what_matters_most_comes_first_and_costs_last():
    found = section(costs={"db-mtl": {"parameters [M]": 1.23456}})
    assert found.columns == [
        "Δm [%]", "− multi-head [points]", "pose [%]", "depth [%]", "seeds", "parameters [M]",
    ]  # fmt: skip
    assert [name for name, _ in found.rows] == ["single", "multi-head", "db-mtl"]
    assert cells(found, "db-mtl")["parameters [M]"].text == "1.235"
    assert cells(found, "multi-head")["parameters [M]"].text == ""


def test_changes_in_per_cent_with_the_score_below():
    found = cells(section(), "multi-head")
    assert found["pose [%]"].text == "−10.5"
    assert found["pose [%]"].below == "0.725 ± 0.005"
    assert found["seeds"].text == "2"
    assert found["− multi-head [points]"].text == "–"


def test_the_difference_carries_its_p_value():
    found = cells(section(), "db-mtl")["− multi-head [points]"]
    assert " ± " in found.text and found.below.startswith("p = ")


def test_single_task_training_has_no_uncertainty_against_itself():
    found = cells(section(), "single")
    assert found["Δm [%]"].text == "0.0" and found["pose [%]"].text == "0.0"


def test_other_kinds_of_change_keep_their_unit():
    found = section(kinds={"depth": ChangeKind("absolute", -0.05)})
    assert "depth [abs.]" in found.columns
    assert cells(found, "multi-head")["depth [abs.]"].text == "+0.2"


def test_without_a_baseline_there_is_no_difference():
    assert not any("points" in name for name in section(baseline=None).columns)


def test_a_file_of_ones_own_stands_as_it_is():
    lines = [["method", "pose", "kind"], ["mine", "0.812345678", "old"]]
    found = compared_section(lines, "comparison.csv")
    assert found is not None and found.columns == ["pose", "kind"]
    assert [cell.text for cell in found.rows[0][1]] == ["0.8123", "old"]


def test_on_a_phone_every_cell_says_its_column():
    text = comparison_csv(comparison(), "multi-head")
    page = html_of(random_changes(2), comparison=list(csv.reader(io.StringIO(text))))
    assert '<span class="label" aria-hidden="true"><bdi>pose [%]</bdi>: </span>−10.5' in page
