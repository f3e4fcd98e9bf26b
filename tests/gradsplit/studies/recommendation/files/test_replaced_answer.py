"""An answer of fewer fresh seeds does not take the place of a stronger one without a word."""

import json

from gradsplit.studies.recommendation.files.recommendation_file import RECOMMENDATION
from gradsplit.studies.recommendation.files.replaced_answer import replaced_answer, replaced_warning
from tests.analysis.recommendation_examples import candidate, facts_of, judged

ASKED = {"runs": 90, "race_seeds": 8, "judge_seeds": 5, "networks": 2, "inference": 2.0}
ASKED |= {"pairs": False, "methods": [], "threshold": -0.01, "taskset": None, "options": {}}


def write(folder, seeds, **more):
    found = {name: judged(0.0, n=seeds, a=0.0, b=0.0) for name in ("multi-head", "wide")}
    candidates = [candidate("multi-head", 0.0), candidate("wide", 0.1)]
    facts = facts_of(found, candidates, "wide", answer="Train a wide one. Then rest.", **more)
    (folder / RECOMMENDATION).write_text(json.dumps(facts))


def test_a_stronger_answer_is_named_with_what_gives_it_again(tmp_path):
    write(tmp_path, 10, asked={**ASKED, "judge_seeds": 10})
    found = replaced_answer(tmp_path, ["a", "b"], 5, ASKED)
    assert replaced_warning(found) == [
        'this replaces the answer of 10 fresh seeds: "Train a wide one"; `judge_seeds=10` gives it '
        "again"
    ]


def test_the_same_call_again_still_remembers_it(tmp_path):
    write(tmp_path, 10)  # as older releases wrote it
    first = replaced_answer(tmp_path, ["a", "b"], 5, ASKED)
    assert first["again"] == {"judge_seeds": 10}
    write(tmp_path, 5, asked=ASKED, replaces=first)
    assert replaced_answer(tmp_path, ["a", "b"], 5, ASKED) == first
    assert not replaced_answer(tmp_path, ["a", "b"], 10, ASKED)


def test_nothing_is_said_where_nothing_stronger_is_lost(tmp_path):
    assert not replaced_answer(tmp_path, ["a", "b"], 5, ASKED)
    write(tmp_path, 5)
    assert not replaced_answer(tmp_path, ["a", "b"], 5, ASKED)
    assert not replaced_answer(tmp_path, ["a", "c"], 2, ASKED)
    assert replaced_warning({}) == []
