"""The opening of the page: a recommendation."""

import re
from html import unescape

import numpy as np
import pytest

from analysis.page.embed import allowed, style
from analysis.page.recommended import in_code, judged_rows, recommended_section
from relations.change_kinds import ChangeKind
from relations.statistics.change_matrix import ChangeMatrix
from relations.tasks import Task
from tests.analysis.analysis_examples import made_changes
from tests.analysis.page.test_report import Outline, html_of
from tests.analysis.recommendation_examples import candidate, facts_of, judged, three_judged

NAN = np.nan
CHANGES = ChangeMatrix(["a", "b"], [[NAN, -0.02], [0.01, NAN]])
KINDS = {"a": ChangeKind(), "b": ChangeKind()}


@pytest.fixture(autouse=True)
def quickly_drawn(monkeypatch):
    """The width that takes no fitting: how it fits a phone is seen in test_picture.py."""
    monkeypatch.setattr("analysis.page.picture.NARROW", None)


def section_of(facts, changes=CHANGES):
    section = recommended_section(facts, changes.tasks)
    assert section is not None
    return section


def test_no_recommendation_no_section_and_no_style_for_it():
    assert recommended_section(None, CHANGES.tasks) is None
    html = html_of(CHANGES)
    assert allowed(style()) in html
    assert "recommended-title" not in html


def test_the_page_opens_with_it():
    html = html_of(CHANGES, recommended=three_judged())
    page = Outline(html)
    assert len(page.ids) == len(set(page.ids))
    assert page.loads == ["#relations", "#"]
    assert html.index("Recommendation</h2>") < html.index('class="controls')
    assert allowed(style("recommended")) in html
    assert "Train it: <code>a | b</code>." in html
    assert html.count('<svg class="picture wide"') == html.count('<svg class="picture narrow"') == 1


def test_delta_m_has_one_name_on_the_page():
    answer = "Train it: `a | b`. It gains +8.0 points of delta_m over `multi-head`."
    html = html_of(CHANGES, recommended=three_judged(answer=answer))
    # But for the one place that says what files call it.
    assert " ".join(Outline(html).texts).count("delta_m") == 1
    assert "points of Δm over" in html


def test_numbers_of_the_answer_have_true_signs_and_names_their_hyphens():
    answer = "Train it: `a-1.0`, judged. It is behind multi-head (-1.0 to +2.0): a -3.0 ± 0.1 %."
    said = section_of(three_judged(answer=answer))["answer"]
    assert [text for text, _ in said] == [
        *(
            "Train it: ",
            "a-1.0",
            ", judged. It is behind multi-head (−1.0 to +2.0): a −3.0 ± 0.1 %.",
        )
    ]


def test_rows_are_in_the_order_of_the_picture_with_its_letters():
    rows = judged_rows(three_judged(), KINDS)
    assert [(row["letter"], row["name"]) for row in rows] == [
        ("A", "a | b"),
        ("B", "tuned-weights"),
        ("C", "multi-head"),
    ]
    assert [row["best"] for row in rows] == [True, False, False]
    assert rows[0]["gain"] == "+8.0" and rows[0]["ends"] == "[+7.0, +9.0]"
    assert rows[0]["operations"] == "1.60 ×" and rows[1]["parameters"] == "1.00 ×"
    assert rows[2]["gain"] == "0.0" and rows[2]["ends"] == ""
    assert rows[1]["delta_m"] == "+5.0 ± 0.4"


def test_the_worst_task_is_marked_in_sizes_of_its_threshold():
    facts = facts_of(
        {"multi-head": judged(0.0, 0.0, a=-0.05, b=-0.04)}, [candidate("multi-head", 0.0)]
    )
    (row,) = judged_rows(facts, KINDS)
    assert row["changes"] == ["↓ −5.0 ± 0.2", "−4.0 ± 0.2"]
    (row,) = judged_rows(facts, {"a": ChangeKind(), "b": ChangeKind("absolute", -0.001)})
    assert row["changes"] == ["−5.0 ± 0.2", "↓ −0.0400 ± 0.0020"]
    nothing = facts_of({"multi-head": judged(0.0, 0.0, a=0.05, b=0.0)}, facts["candidates"])
    assert judged_rows(nothing, KINDS)[0]["changes"] == ["+5.0 ± 0.2", "0.0 ± 0.2"]


def test_units_are_those_of_the_file_whatever_the_runs_are_read_in():
    tasks = [Task("a"), Task("b", change="absolute", threshold=-0.02)]
    kinds = {"a": ChangeKind("absolute", -0.001).facts(), "b": ChangeKind().facts()}
    changes = ChangeMatrix(tasks, [[NAN, -0.02], [0.01, NAN]])
    section = section_of(three_judged(kinds=kinds), changes)
    assert section["tasks"] == [("a", "abs."), ("b", "%")]
    assert section["rows"][0]["changes"] == ["+0.0100 ± 0.0020", "↓ −2.0 ± 0.2"]


def test_the_lines_for_a_loop_of_ones_own_stand_as_they_are():
    lines = 'for task in ["<pose>"]:\n    losses[task].backward()'
    html = html_of(CHANGES, recommended=three_judged(own_loop=lines))
    shown = re.findall(r"<pre [^>]*><code>(.*?)</code></pre>", html, re.S)[0]
    assert unescape(shown) == lines and "<pose>" not in shown


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        ("0.5 tuned-weights", "0.5 points behind <bdi>tuned-weights</bdi>"),
        ("-0.4 a | b", "0.4 points ahead of <bdi>a | b</bdi>"),
        ("0.0 <x> y", "0.0 points behind <bdi>&lt;x&gt; y</bdi>"),
    ],
)
def test_whoever_is_out_says_behind_whom(behind, said):
    raced = [candidate("multi-head", 0.0), candidate("db-mtl", 0.055, behind=behind)]
    html = html_of(CHANGES, recommended=facts_of({"multi-head": judged(0.0, 0.0)}, raced))
    assert re.findall(r'<td role="cell">(.*?)</td></tr>', html.partition('id="race-title"')[2])[
        :2
    ] == [
        "running",
        f'behind<span class="behind">{said}</span>',
    ]


def test_what_is_not_known_is_a_question_mark():
    found = {"multi-head": judged(0.0, None, a=None, b=0.1), "x": judged(None, None, a=0, b=0)}
    found["multi-head"]["tasks"]["b"]["se"] = None
    facts = facts_of(found, [candidate("multi-head", 0.0), candidate("x", None)])
    first, second = judged_rows(facts, KINDS)
    assert first["changes"] == ["?", "+10.0"] and first["ends"] == ""
    assert (second["letter"], second["gain"], second["delta_m"]) == ("", "?", "?")
    race = section_of(facts)["race"]
    assert [(one["gain"], one["seeds"]) for one in race] == [("0.0 ± 0.3", "3"), ("?", "")]


def test_tasks_that_are_not_on_the_page_are_named():
    facts = facts_of(
        {"multi-head": judged(0.0, 0.0, a=0.0, b=0.0, other=-0.5)}, [candidate("multi-head", 0.0)]
    )
    section = section_of(facts)
    assert [task for task, _ in section["tasks"]] == ["a", "b"]
    assert section["hidden"] == "other"
    assert "Not on this page, but in Δm: <bdi>other</bdi>" in html_of(CHANGES, recommended=facts)


def test_a_race_of_one_candidate_is_in_the_singular():
    facts = facts_of({"multi-head": judged(0.0, 0.0, a=0.0, b=0.0)}, [candidate("multi-head", 0.0)])
    assert "The race of 1 candidate<" in html_of(CHANGES, recommended=facts)


def test_the_race_and_what_took_no_part_are_folded_below():
    left_out = {"wider": "`Net` has no <width>", "stage": "too dear"}
    html = html_of(CHANGES, recommended=three_judged(left_out=left_out))
    folded = re.findall(r"<details>(.*)</details>", html, re.S)
    assert len(folded) == 1
    assert "The race of 5 candidates, and 2 that did not take part" in folded[0]
    assert "<code>Net</code> has no &lt;width&gt;" in folded[0]
    rows = re.findall(r'<th scope="row" role="rowheader"><bdi>(.*?)</bdi>', folded[0])
    assert rows == ["a | b", "tuned-weights", "multi-head", "db-mtl", "failed"]
    assert "Not in the race" not in html_of(CHANGES, recommended=three_judged())


def test_seeds_and_data_that_judged_are_said():
    assert "Judged on 5 seeds" in html_of(CHANGES, recommended=three_judged())
    assert "Judged on test data and 5 seeds" in html_of(
        CHANGES, recommended=three_judged(on_test=True)
    )
    facts = three_judged()
    facts["judged"]["a | b"]["delta_m"]["n"] = 4
    assert section_of(facts)["seeds"] == "4 to 5"


def test_what_a_name_does_not_say_stands_below_it():
    facts = three_judged()
    facts["candidates"][1]["method"] = "weights:a=0.1,b=<2>"
    html = html_of(CHANGES, recommended=facts)
    assert html.count('<span class="behind"><bdi>weights:a=0.1, b=&lt;2&gt;</bdi></span>') == 2


def test_the_matrix_says_that_its_numbers_are_of_pairs_and_on_how_many_seeds():
    seen = made_changes(np.array([[0, -0.02], [0.01, 0]]), tasks=["a", "b"], seeds=3)
    said = "Each pair by itself, on 3 seeds"
    html = html_of(seen, recommended=three_judged())
    assert said in html and "judged on 5 fresh seeds, stands in the recommendation" in html
    assert said not in html_of(seen)


def test_names_never_become_markup():
    name = "</svg><script>alert(1)</script>"
    found = {"multi-head": judged(0.0, 0.0), name: judged(0.1)}
    facts = facts_of(
        found,
        [candidate("multi-head", 0.0), candidate(name, 0.1, 2.0)],
        name,
        left_out={name: name},
    )
    html = html_of(CHANGES, recommended=facts)
    Outline(html)
    assert len(re.findall(r"<script", html)) == 2
    assert len(re.findall(r"</svg>", html)) == html.count("<svg")


@pytest.mark.parametrize(
    ("text", "code"), [("a `b` c `d`", ["b", "d"]), ("`b", []), ("``", []), ("a `b` c `d", ["b"])]
)
def test_code_is_what_stands_between_two_backticks(text, code):
    assert [part for part, is_code in in_code(text) if is_code] == code


def test_equal_input_gives_equal_text():
    one, other = (html_of(CHANGES, recommended=three_judged()) for _ in range(2))
    assert one == other
