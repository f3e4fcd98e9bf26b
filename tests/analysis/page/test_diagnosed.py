"""The page's section on what removes harm."""

import json

import numpy as np

from analysis.diagnosis.diagnosis_file import read_diagnosis
from analysis.page.diagnosed import diagnosed_section, removal_in_words
from analysis.page.headline import headline
from analysis.page.summary import summary
from analysis.page.undecided import undecided_edges
from relations.graph import RelationGraph
from tests.analysis.analysis_examples import made_changes
from tests.analysis.diagnosis_examples import diagnosed_edge, intervention, open_edge

HARMED = np.array([[0, -0.2, -0.1], [0, 0, 0], [-0.05, 0, 0]])
CHANGES = made_changes(HARMED, tasks=["loud", "quiet", "pose"])
GRAPH = RelationGraph.from_changes(CHANGES)


def read(folder, *edges):
    path = folder / "diagnosis.json"
    path.write_text(json.dumps(edges))
    return read_diagnosis(path)


def today(source, target, **facts):
    """An edge diagnosed at the change of the graph."""
    return diagnosed_edge(source, target, change=GRAPH.edges[source, target]["change"], **facts)


def test_a_row_says_harm_cause_what_removes_it_and_what_that_brings(tmp_path):
    section = diagnosed_section(read(tmp_path, today("loud", "quiet")), GRAPH)
    assert section is not None
    (row,) = section["rows"]
    assert row.change.startswith("−20") and row.ends.endswith("harmful, 5 seeds")
    assert (row.cause, row.unknown) == ("loss scale", [])
    assert row.removes == "“quieter” removes most of it, 60 to 80 %, decided"
    assert row.brings == "quiet +10.0 %, loud −2.0 %"
    assert [cells[0] for cells in row.rows] == ["2x the steps", "quieter"]
    assert row.rows[1][6] == "−2.0"
    assert section["undiagnosed"] == 2


def test_what_is_not_known_is_said(tmp_path):
    (edge,) = read(tmp_path, open_edge("loud", "quiet"))
    (row,) = diagnosed_section([edge], GRAPH)["rows"]
    assert row.cause == "undecided"
    assert row.removes.startswith("what removes it is undecided: “quieter” may remove about half")
    assert row.brings == ""
    cause, examined = row.unknown
    assert cause == [
        ("The cause may be loss scale or stage; about 9 seeds would decide it.", False)
    ]
    assert examined[:2] == [("Not examined: There are no labels of ", False), ("pose", True)]


def test_an_edge_is_diagnosed_again_when_its_change_has_left_the_interval(tmp_path):
    lower = GRAPH.edges["loud", "quiet"]["lower"]
    for change, moved in ((lower + 1e-4, False), (lower - 1e-4, True)):
        edges = read(tmp_path, diagnosed_edge("loud", "quiet", change=change))
        ((row,),) = (diagnosed_section(edges, GRAPH)["rows"],)
        said = [text for parts in row.unknown for text, _ in parts]
        assert any(text.startswith("The change was −20") for text in said) == moved
    once = RelationGraph.from_changes(made_changes(HARMED, tasks=GRAPH.tasks, seeds=1))
    (row,) = diagnosed_section(edges, once)["rows"]
    assert row.unknown[0][0][0].endswith("diagnose it again.")


def test_apart_and_nothing_examined_are_words_too(tmp_path):
    apart = {"intervention": None, "target": 0.1, "source": 0.0, "extra": {}}
    rows = [intervention("control", target=None, source=None)]
    alone, nothing = read(
        tmp_path,
        today("loud", "quiet", recommended=apart, cause=None),
        today("loud", "pose", recommended=None, interventions=rows),
    )
    assert removal_in_words(alone).endswith("training the two tasks apart")
    assert removal_in_words(nothing) == "what removes it is not known"
    row = diagnosed_section([alone], GRAPH)["rows"][0]
    assert row.cause == "none of those examined"
    assert row.unknown == [[("The harm has a cause that was not examined.", False)]]


def test_edges_of_other_tasks_are_counted_only(tmp_path):
    section = diagnosed_section(read(tmp_path, today("loud", "quiet"), open_edge("x", "y")), GRAPH)
    assert (len(section["rows"]), section["hidden"]) == (1, 1)
    assert diagnosed_section(None, GRAPH) is None


def test_the_headline_says_what_removes_the_worst_harm(tmp_path):
    edges = read(tmp_path, today("loud", "quiet"))
    said = headline(GRAPH, None, edges)
    assert said.startswith("loud harms quiet by 20")
    assert "decided; “quieter” removes most of it, 60 to 80 %, decided; 2 more edges" in said
    assert "removes" not in headline(GRAPH, None, read(tmp_path, today("loud", "pose")))


def test_a_diagnosis_is_no_judgement_of_all_tasks_together(tmp_path):
    def cure(*edges):
        undecided = undecided_edges(CHANGES, GRAPH, None)
        return summary(CHANGES, GRAPH, undecided, None, read(tmp_path, *edges)).lights[-1]

    found = cure(today("loud", "quiet"), open_edge("loud", "pose"))
    assert (found.state, found.answer[:31]) == ("mind", "known for 1 of 2 diagnosed edge")
    assert cure(open_edge("loud", "pose")).state == "open"
