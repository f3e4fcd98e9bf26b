"""From relations to a grouping, its text and its file."""

import json
from dataclasses import replace

import numpy as np
import pytest

from relations import ChangeMatrix, Outcome, Run, Task
from relations.errors import GroupingError, TaskError
from relations.grouping.group_changes import GroupChanges
from relations.grouping.group_tasks import group_tasks
from relations.grouping.grouping import Grouping
from relations.grouping.stability import Stability

NAN = np.nan
PAIRS = [
    [NAN, 0.05, -0.08, -0.02],
    [0.02, NAN, -0.03, -0.06],
    [-0.04, -0.01, NAN, 0.03],
    [-0.05, -0.02, 0.04, NAN],
]


def changes(noise: float = 0.0) -> ChangeMatrix:
    spread = np.random.default_rng(0).normal(0, noise, (4, 4, 4)) if noise else np.zeros((1, 4, 4))
    return ChangeMatrix(["a", "b", "c", "d"], np.array(PAIRS) + spread)


def test_friends_share_a_network():
    grouping = group_tasks(changes(), networks=2)
    assert grouping.groups == (("a", "b"), ("c", "d"))
    assert grouping.serves == {"a": 0, "b": 0, "c": 1, "d": 1}
    assert grouping.total == pytest.approx(0.02 + 0.05 + 0.04 + 0.03)
    assert (grouping.cost, grouping.measured, grouping.stability) == (2, True, None)
    assert grouping.together is not None
    assert grouping.together["a"] == pytest.approx((0.02 - 0.04 - 0.05) / 3)


def test_what_was_trained_replaces_what_was_predicted():
    tasks = [Task(name) for name in "abc"]
    scores = {"a": {"a": 1.0}, "b": {"b": 1.0}, "c": {"c": 1.0},
              "ab": {"a": 0.9, "b": 0.9}, "ac": {"a": 0.9, "c": 0.9}, "bc": {"b": 0.9, "c": 0.9},
              "abc": {"a": 1.2, "b": 1.2, "c": 1.2}}  # fmt: skip
    outcomes = [Outcome(Run(tuple(group), 0), scores=of) for group, of in scores.items()]
    pairs_only = [one for one in outcomes if len(one.run.tasks) < 3]
    predicted = group_tasks(GroupChanges.from_outcomes(tasks, pairs_only), networks=1)
    assert (predicted.measured, predicted.total) == (False, pytest.approx(-0.3))
    measured = group_tasks(GroupChanges.from_outcomes(tasks, outcomes), networks=3)
    assert (measured.groups, measured.measured) == ((("a", "b", "c"),), True)
    assert measured.total == pytest.approx(0.6)


def runs(*lost: str, without: str = "") -> GroupChanges:
    """Pairs gain, all three were trained; groups that are lost have scores that are no gain."""
    groups = [group for group in ("a", "b", "c", "ab", "ac", "bc", "abc") if group != without]
    scores = {group: {task: 0.8 + 0.1 * (len(group) > 1) for task in group} for group in groups}
    scores |= {group: dict.fromkeys(group, -0.3) for group in lost}
    outcomes = [Outcome(Run(tuple(group), 0), scores=of) for group, of in scores.items()]
    return GroupChanges.from_outcomes([Task(name) for name in "abc"], outcomes)


def test_what_was_trained_without_a_change_is_not_predicted_and_not_chosen():
    grouping = group_tasks(runs("abc"), networks=2)
    assert grouping.measured
    assert ("a", "b", "c") not in grouping.groups
    assert grouping.together is None
    (mean,) = (line for line in str(grouping).splitlines() if line.startswith("mean"))
    assert mean.endswith("?")  # of all together nothing is known
    assert group_tasks(runs(), networks=2).together is not None


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (runs("bc", without="abc"), ": b+c, and so a+b+c, which nobody trained"),
        (runs("abc"), ": a+b+c. Train"),
    ],
)
def test_where_results_are_missing_they_are_named_and_not_the_rules(changes, missing):
    with pytest.raises(GroupingError) as refused:
        group_tasks(changes, networks=1)
    assert missing in str(refused.value)
    assert "obeys the rules" not in str(refused.value)


def test_how_sure_it_is():
    steady = group_tasks(changes(noise=0.001), networks=2, draws=50)
    shaky = group_tasks(changes(noise=0.2), networks=2, draws=50)
    assert steady.stability is not None
    assert shaky.stability is not None
    assert steady.stability.share(steady.choice) == 1.0
    assert shaky.stability.share(shaky.choice) < 0.9
    assert sum(shaky.stability.wins.values()) == 50
    assert "100% of 50 draws of the seeds, no other grouping was ever best" in str(steady)


def test_the_text_names_the_grouping_that_wins_more_draws():
    grouping = group_tasks(changes(noise=0.2), networks=2, draws=50)
    other = (("a", "c"), ("b",), ("d",))
    wins = {other: 30, grouping.groups: 20}
    text = str(replace(grouping, stability=Stability(50, wins)))
    assert "1 other grouping in the rest, most often a+c | b | d: 60%" in text
    wins = {grouping.groups: 25, other: 25}
    assert "most often" not in str(replace(grouping, stability=Stability(50, wins)))


def test_the_text_says_what_is_predicted_and_who_helps():
    pairs = np.array(PAIRS)
    pairs[0, 2] = pairs[0, 3] = 0.2  # a helps c and d, and they do not help a
    text = str(group_tasks(ChangeMatrix(["a", "b", "c", "d"], pairs), networks=2))
    assert "network 1: a, b\n" in text
    helped = "network 2: c, d; trained with a, whose output is not used (predicted, not trained)"
    assert helped in text
    assert "train the groups before you rely on it" in text
    assert "runner-up:" in text
    assert "points behind" in text
    assert max(map(len, str(group_tasks(changes(), networks=2)).splitlines())) <= 80


def test_the_text_gives_the_runner_up_by_its_own_mean():
    grouping = group_tasks(changes(), networks=2)
    second = grouping.runner_up
    assert second is not None
    mean, behind = 25 * second.total, 25 * (grouping.total - second.total)  # of 4 tasks, per cent
    assert behind >= 0
    assert f"mean {mean:+.2f}%, {behind:.2f} points behind" in str(grouping)


def test_a_runner_up_that_is_as_good_is_not_called_behind():
    grouping = group_tasks(changes(), networks=2)
    text = str(replace(grouping, runner_up=grouping.choice))
    assert text.endswith(", as good")
    assert "0.00 points" not in text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "either how many networks"),
        ({"networks": 2, "budget": 2.0}, "either how many networks"),
        ({"networks": 0}, "one network or more, got 0"),
        ({"budget": 0.5}, "the cheapest network costs 1, the budget is 0.5"),
        ({"networks": 1, "together": [("a", "b")], "apart": [("b", "a")]}, "together and apart"),
        (
            {"networks": 2, "together": [("a", "b"), ("b", "c")], "largest": 2},
            "a, b, c are to be together, and a network has at most 2",
        ),
        ({"networks": 1, "apart": [("a", "b")]}, "No grouping obeys the rules"),
        ({"networks": 2, "apart": [("a", "a")]}, "names one task twice"),
        ({"networks": 2, "largest": 0}, "at least one task"),
    ],
)
def test_what_cannot_be_had_is_refused(asked, message):
    with pytest.raises(GroupingError, match=message):
        group_tasks(changes(), **asked)


def test_an_unknown_task_is_refused():
    with pytest.raises(TaskError, match="z"):
        group_tasks(changes(), networks=2, apart=[("a", "z")])


def test_many_tasks_are_searched_and_listed_ones_solved():
    size = 18
    same = np.equal.outer(np.arange(size) % 3, np.arange(size) % 3)
    pairs = np.where(same, 0.05, -0.05)
    np.fill_diagonal(pairs, np.nan)
    many = ChangeMatrix([f"t{at:02}" for at in range(size)], pairs)
    searched = group_tasks(many, networks=3)
    assert (searched.choice.exact, searched.total) == (False, pytest.approx(0.05 * size))
    assert "by a heuristic" in str(searched)
    listed = group_tasks(many, budget=9, largest=2)
    assert (listed.choice.exact, listed.measured) == (True, True)
    assert listed.total == pytest.approx(0.05 * size)


def test_a_file_comes_back(tmp_path):
    grouping = group_tasks(changes(noise=0.01), networks=2)
    grouping.save(tmp_path / "grouping.json")
    back = Grouping.load(tmp_path / "grouping.json")
    assert (back.groups, back.serves, back.cost) == (grouping.groups, grouping.serves, 2)
    assert back.total == pytest.approx(grouping.total)
    assert (back.measured, back.together) == (grouping.measured, grouping.together)
    assert (back.stability, str(back)) == (grouping.stability, str(grouping))
    assert back.runner_up is not None
    assert grouping.runner_up is not None
    assert back.runner_up.gains() == grouping.runner_up.gains()


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(GroupingError, match="cannot be written"):
        group_tasks(changes(), networks=2).save(tmp_path / "nowhere" / "grouping.json")


def test_a_file_by_hand(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"groups": [["a", "b"], ["b", "c"]]}))
    mine = Grouping.load(file)
    assert (mine.tasks, mine.serves) == (("a", "b", "c"), {"a": 0, "b": 0, "c": 1})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "must be a grouping's JSON"),
        ("[]", "JSON object with `groups`"),
        ('{"format": "gradsplit-mask", "groups": [["a"]]}', "got 'gradsplit-mask'"),
        ('{"groups": []}', "list of lists of task names"),
        ('{"groups": [["a", "a"]]}', "a\\+a names a task twice"),
        ('{"groups": [["a"]], "tasks": ["b"]}', "must be the tasks of the groups, a"),
        ('{"groups": [["a"], ["b"]], "serves": {"a": 1, "b": 7}}', "(?s)gives a to group 1.*7"),
        ('{"groups": [["a"]], "serves": {"b": 0}}', "for each task, and no other"),
        ('{"groups": [["a"]], "costs": [1, 2]}', "one number a group"),
        ('{"groups": [["a"]], "costs": [true]}', "one number a group"),
        ('{"groups": [["a"]], "gains": {"a": "x"}}', "a number for each task"),
        ('{"groups": [["a"]], "gains": {"b": 1}}', "of no other"),
        ('{"groups": [["a"]], "tasks": ["a", "a"]}', "must be the tasks of the groups"),
        ('{"groups": [["a"]], "all_together": {}}', "`all_together` must be a number"),
        ('{"groups": [["a"]], "budget": "x", "unit": "%"}', "(?s)`budget` must.*fraction or sd"),
        ('{"groups": [["a"]], "runner_up": {"groups": 1}}', "`runner_up` must be another grouping"),
        ('{"groups": [["a"]], "stability": {"draws": 0}}', "`stability` must have `draws`"),
        ('{"groups": [["a"]], "stability": {"draws": 9, "groupings": [{}]}}', "`groupings` of"),
        ('{"groups": [["a"]], "exact": 1, "notes": [1]}', "(?s)true or false.*list of texts"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path, content, message):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(GroupingError, match=message):
        Grouping.load(tmp_path / "bad.json")


def test_a_choice_that_was_forced_has_no_share_of_draws():
    nan, rng = np.nan, np.random.default_rng(0)
    by_seed = rng.normal(-0.01, 0.01, (4, 3, 3))
    by_seed[:, [0, 1], 2] = nan  # nothing is known of what others do to c
    grouping = group_tasks(ChangeMatrix(["a", "b", "c"], by_seed), networks=2)
    assert grouping.groups == (("a", "b"), ("c",))
    assert grouping.stability is None
    said = str(grouping)
    assert "draws of the seeds" not in said
    assert "3 of 4 networks of two tasks or more are not known" in said
    assert said.endswith("and the choice was forced: the budget has no other")


def test_beside_the_share_of_draws_stands_what_could_not_be_compared():
    by_seed = np.random.default_rng(0).normal(-0.01, 0.01, (4, 3, 3))
    by_seed[:, 0, 2] = np.nan
    said = str(group_tasks(ChangeMatrix(["a", "b", "c"], by_seed), networks=2))
    assert "draws of the seeds" in said and "forced" not in said
    assert "2 of 4 networks of two tasks or more are not known, so groupings with them" in said
