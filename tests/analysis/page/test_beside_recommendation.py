"""A grouping and a recommendation on one page: what tells their answers apart."""

from dataclasses import replace

from analysis.page.beside_recommendation import cost_in_words, the_difference
from analysis.page.grouped import Grouped
from analysis.page.report import Report, report_html
from relations import RelationGraph, group_tasks
from tests.analysis.analysis_examples import made_changes
from tests.analysis.recommendation_examples import candidate, three_judged

CHANGES = made_changes([[0, -0.05], [-0.02, 0]], tasks=["a", "b"])
TWO = group_tasks(CHANGES, networks=2)  # a | b


def said(grouping, recommended, *, judged=True):
    return "".join(text for text, _ in the_difference(grouping, recommended, judged=judged))


def test_another_answer_says_that_its_question_is_another():
    facts = three_judged() | {"recommended": "tuned-weights"}
    text = said(TWO, facts)
    assert text.startswith("The recommendation above, tuned-weights, answers another question")
    assert text.endswith("; each was judged on fresh seeds of its own.")
    assert said(TWO, facts, judged=False).endswith("are not judged.")


def test_the_same_networks_are_named_as_the_same():
    for name in ("a | b", "b | a", "a | b, db-mtl"):
        facts = three_judged() | {"recommended": name}
        assert "trains these networks too" in said(TWO, facts)
    assert the_difference(TWO, None, judged=True) == []


def test_a_cost_is_in_networks_and_by_the_measure_of_the_recommendation():
    assert cost_in_words(TWO, None) == "2 networks of full size"
    assert "1.60 × the operations at inference" in cost_in_words(TWO, three_judged())
    other = three_judged() | {"candidates": [candidate("multi-head", 0.0)]}
    assert "in operations at inference, as above, that is less" in cost_in_words(TWO, other)


def test_the_page_says_both():
    report = Report(
        changes=CHANGES,
        graph=RelationGraph.from_changes(CHANGES),
        source="runs",
        grouped=Grouped(TWO, {}),
    )
    section = report_html(replace(report, recommended=three_judged())).partition("grouping-title")
    assert "<code>a | b</code>, trains these networks too; " in section[2]
    assert "They cost 2 networks of full size, 1.60 × the operations" in section[2]
    assert "The recommendation above" not in report_html(report)
