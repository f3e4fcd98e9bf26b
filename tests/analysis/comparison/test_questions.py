"""Tests of pairs of methods, against scipy and Holm's method by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from analysis import Comparison, answer_questions, read_scores
from analysis.comparison.questions import questions_against, usual_questions
from analysis.comparison.questions_table import questions_table
from relations.errors import RelationsError
from tests.places import ROOT

NAMES = (
    "multi-head",
    "tuned-weights",
    "gradsplit",
    "gradsplit:modules=layer3,threshold=-0.05",
    "gradsplit-shuffled",
    "gradsplit-identity:threshold=-0.05,modules=layer3",
    "gradnorm",
    "imtl-g",
    "weights:reid=0.5",
)
BALANCED = ("gradnorm", "imtl-g")


def made(names=NAMES, seeds: int = 5) -> Comparison:
    """Each method is .01 better than the one before, and scatters."""
    generator = np.random.default_rng(2)
    scores = {"single": {s: {"pose": 1.0, "reid": 2.0} for s in range(seeds)}}
    for place, name in enumerate(names):
        scores[name] = {
            s: {"pose": 1 + 0.01 * place + generator.normal(0, 0.01), "reid": 2.0}
            for s in range(seeds)
        }
    return Comparison(scores)


def paired(comparison: Comparison, first: str, second: str) -> list[float]:
    ours, theirs = comparison.deltas(first), comparison.deltas(second)
    return [ours[seed] - theirs[seed] for seed in ours if seed in theirs]


def test_the_tests_are_scipys_corrected_together():
    comparison = made()
    questions = [("gradsplit", "multi-head"), ("imtl-g", "gradsplit"), ("gradsplit", "gradnorm")]
    answers = answer_questions(comparison, questions)
    values = [paired(comparison, *question) for question in questions]
    raw = [stats.ttest_1samp(some, 0).pvalue for some in values]
    assert [answer.difference.p_raw for answer in answers] == pytest.approx(raw)
    corrected, highest = {}, 0.0
    for rank, place in enumerate(np.argsort(raw)):
        highest = max(highest, min(1, (3 - rank) * raw[place]))
        corrected[place] = highest
    assert [answer.p_holm for answer in answers] == pytest.approx(
        [corrected[place] for place in range(3)]
    )


def test_the_interval_is_the_one_that_the_verdict_is_read_from():
    comparison = made()
    answers = answer_questions(comparison, [(name, "multi-head") for name in NAMES[1:]])
    assert {answer.decided for answer in answers} == {True, False}
    for answer in answers:
        assert answer.decided == (answer.p_holm <= 0.05)
        assert answer.decided == (answer.lower > 0 or answer.upper < 0)
        middle = (answer.lower + answer.upper) / 2
        assert middle == pytest.approx(answer.difference.mean)


def test_alone_the_interval_is_students():
    comparison = made()
    (answer,) = answer_questions(comparison, [("gradsplit", "multi-head")])
    values = paired(comparison, "gradsplit", "multi-head")
    wanted = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (answer.lower, answer.upper) == pytest.approx(wanted)
    assert answer.p_holm == answer.difference.p_raw


def test_pairs_have_seeds_of_their_own():
    comparison = made()
    scores = {name: dict(runs) for name, runs in comparison.scores.items()}
    del scores["gradsplit"][0], scores["imtl-g"][1], scores["imtl-g"][2]
    fewer = Comparison(scores)
    questions = [("gradsplit", "multi-head"), ("gradsplit", "imtl-g"), ("imtl-g", "multi-head")]
    answers = answer_questions(fewer, questions)
    assert [answer.difference.n for answer in answers] == [4, 2, 3]
    for answer, question in zip(answers, questions, strict=True):
        values = paired(fewer, *question)
        assert answer.difference.mean == pytest.approx(np.mean(values))
        assert answer.difference.p_raw == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_one_seed_and_equal_values_decide_nothing():
    (answer,) = answer_questions(made(seeds=1), [("imtl-g", "multi-head")])
    assert math.isnan(answer.p_holm)
    assert not answer.decided
    runs = {seed: {"a": 1.0} for seed in range(3)}
    better = {seed: {"a": 1.5} for seed in range(3)}
    comparison = Comparison({"single": runs, "x": runs, "y": better})
    (answer,) = answer_questions(comparison, [("y", "x")])
    assert (answer.difference.mean, answer.p_holm, answer.decided) == (0.5, 1, False)


def test_the_questions_that_matter():
    comparison = made()
    questions = usual_questions(comparison, "multi-head", balanced=BALANCED)
    baseline = [(name, "multi-head") for name in NAMES if name != "multi-head"]
    assert list(questions[:8]) == baseline
    long, form = NAMES[3], NAMES[5]
    assert list(questions[8:]) == [
        ("gradsplit", "gradsplit-shuffled"),
        ("gradsplit", "tuned-weights"),
        ("gradsplit", "weights:reid=0.5"),
        ("gradsplit", "imtl-g"),  # the better of the two
        (long, form),  # the same options in another order
        (long, "tuned-weights"),
        (long, "weights:reid=0.5"),
        (long, "imtl-g"),
    ]


def test_names_of_ones_own_stand_for_words():
    comparison = made(("plain", "mine", "control"))
    words = {"plain": "multi-head", "mine": "gradsplit", "control": "gradsplit-transposed"}
    assert usual_questions(comparison, "plain", words=words)[-1] == ("mine", "control")
    assert len(usual_questions(comparison, "plain")) == 2


def test_a_baseline_that_is_a_control_is_asked_once():
    comparison = made(("gradsplit-shuffled", "gradsplit"))
    assert usual_questions(comparison, "gradsplit-shuffled") == (
        ("gradsplit", "gradsplit-shuffled"),
    )


def test_every_pair_once():
    assert questions_against(("a", "b", "c"), ["a", "b", ("a", "c")]) == (
        ("b", "a"), ("c", "a"), ("c", "b"),
    )  # fmt: skip
    assert questions_against(("a", "b"), []) == ()


@pytest.mark.parametrize("against", ["a", ["z"], [("a", "a")], [("a",) * 3], [("a", "z")], [()]])
def test_what_is_no_question(against):
    with pytest.raises(RelationsError, match="`against` takes"):
        questions_against(("a", "b"), against)


def test_the_table_names_which_p_is_which():
    comparison = made()
    answers = answer_questions(comparison, [("imtl-g", "multi-head"), ("gradnorm", "imtl-g")])
    table = questions_table(answers)
    assert table.header == ["A − B", "points", "95% (Holm)", "at 95%", "p raw", "p Holm", "n"]
    first = answers[0]
    points = [f"{100 * end:+.1f}".replace("-", "−") for end in (first.lower, first.upper)]
    assert table.rows[0][0] == "imtl-g − multi-head"
    assert table.rows[0][2:4] == [f"[{points[0]}, {points[1]}]", "decided"]
    assert table.rows[1][3] == "undecided"
    assert "all 2 tests" in table.notes[0]
    assert "for the one test of" in questions_table(answers[:1]).notes[0]


def test_a_small_p_among_many_tests_is_undecided():
    comparison = read_scores(ROOT / "reports" / "figures" / "scores.csv")
    questions = usual_questions(comparison, "multi-head")
    answers = {
        (answer.method, answer.against): answer
        for answer in answer_questions(comparison, questions)
    }
    answer = answers["gradsplit", "tuned-weights"]
    assert answer.difference.p_raw < 0.01
    assert answer.p_holm > 0.05
    assert not answer.decided
    assert answer.lower < 0 < answer.upper
    assert answers["tuned-weights", "multi-head"].decided
