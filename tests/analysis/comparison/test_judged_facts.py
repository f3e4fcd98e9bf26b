"""What a comparison says of its methods, as files have it."""

import json

import pytest

from analysis.comparison.comparison import Comparison
from analysis.comparison.judged_facts import judged_facts

ALONE = {0: {"a": 0.5, "b": 0.5}, 1: {"a": 0.5, "b": 0.5}}


def test_each_method_but_single_with_its_doubt():
    shared = {0: {"a": 0.6, "b": 0.5}, 1: {"a": 0.5, "b": 0.4}}
    found = judged_facts(Comparison({"single": ALONE, "multi-head": shared}))
    assert list(found) == ["multi-head"]
    facts = found["multi-head"]
    assert facts["delta_m"] == pytest.approx({"mean": 0.0, "se": 0.1, "n": 2})
    assert facts["tasks"]["b"] == pytest.approx({"mean": -0.1, "se": 0.1, "n": 2})


def test_the_doubt_of_one_seed_is_null_in_json():
    one = {0: ALONE[0]}
    found = judged_facts(Comparison({"alone": one, "multi-head": one}, single="alone"))
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text)["multi-head"]["delta_m"] == {"mean": 0.0, "se": None, "n": 1}
