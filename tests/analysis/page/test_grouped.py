"""The page's section of a grouping."""

import json
import re

import numpy as np

from analysis.page.grouped import Grouped, grouped_section
from gradsplit import report
from relations import ChangeMatrix, GroupChanges, group_tasks
from relations.grouping.asked import Asked
from relations.grouping.budget_curve import budget_curve

NAN = np.nan
PAIRS = np.array([[NAN, 0.05, 0.2], [0.02, NAN, -0.03], [-0.04, -0.01, NAN]])


def grouping():
    return group_tasks(ChangeMatrix(["a", "<b>", "c"], PAIRS), networks=2)


def test_rows_of_what_is_known():
    section = grouped_section(Grouped(grouping(), {}))
    assert section is not None
    assert section["header"] == ["task", "network", "grouped", "all together, predicted"]
    assert section["rows"][1] == ["<b>", "1", "+5.00%", "+2.00%"]
    assert section["networks"][1] == {"name": "2", "served": "c", "helpers": "a"}
    assert grouped_section(None) is None


def test_what_fresh_seeds_say_comes_first():
    facts = {"mean": -0.02, "se": 0.001, "n": 5}
    way = {"delta_m": facts, "tasks": dict.fromkeys(("a", "<b>", "c"), facts)}
    section = grouped_section(Grouped(grouping(), {"grouping": way, "all together": way}))
    assert section is not None
    assert section["rows"][0] == ["a", "1", "−2.00% ± 0.10", "−2.00% ± 0.10"]
    assert section["seeds"] == 5


def test_the_page_shows_the_grouping_beside_the_runs(tmp_path):
    table = "source,target,change\na,<b>,5%\n<b>,a,2%\n"
    (tmp_path / "table.csv").write_text(table)
    content = json.loads(grouping().to_json())
    (tmp_path / "grouping.json").write_text(json.dumps(content))
    page = report(tmp_path / "table.csv", tmp_path / "page.html").read_text()
    assert "Network 1: <bdi>a, &lt;b&gt;</bdi>" in page
    assert "whose output is not used" in page
    (tmp_path / "grouping.json").unlink()
    page = report(tmp_path / "table.csv", tmp_path / "page.html").read_text()
    assert "There is no grouping beside these runs" in page


def test_the_page_shows_the_picture_the_curve_and_how_sure_it_is(tmp_path):
    (tmp_path / "table.csv").write_text("source,target,change\na,<b>,5%\n<b>,a,2%\n")
    known = GroupChanges.from_changes(ChangeMatrix(["a", "<b>", "c"], PAIRS))
    curve = budget_curve(known, Asked(networks=2))
    assert curve is not None
    content = {**json.loads(grouping().to_json()), "budgets": curve.facts()}
    content["stability"] = {
        "draws": 50,
        "groupings": [{"groups": [["<b>"], ["a", "c"]], "share": 1}],
    }
    (tmp_path / "grouping.json").write_text(json.dumps(content))
    page = report(tmp_path / "table.csv", tmp_path / "page.html").read_text()
    section = page[page.index('id="grouping-title"') :].partition("</section>")[0]
    assert section.count("<svg") == 4  # each for a page and for a phone
    assert "<li>Runner-up: " in section
    assert "most often &lt;b&gt; | a+c: 100%" in section
    assert ".picture" in page  # the style of pictures
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))
    del content["budgets"]
    (tmp_path / "grouping.json").write_text(json.dumps(content))
    page = report(tmp_path / "table.csv", tmp_path / "page.html").read_text()
    assert page[page.index('id="grouping-title"') :].partition("</section>")[0].count("<svg") == 2


def test_what_has_no_change_on_fresh_seeds_is_not_known():
    facts = {"mean": None, "se": None, "n": 5}
    way = {"delta_m": facts, "tasks": dict.fromkeys(("a", "<b>", "c"), facts)}
    section = grouped_section(Grouped(grouping(), {"grouping": way, "all together": way}))
    assert section is not None
    assert section["rows"][0] == ["a", "1", "?", "?"]
