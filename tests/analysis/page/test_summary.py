"""The opening of the page: a sentence and five questions."""

import numpy as np
import pytest

from analysis.page.summary import summary
from analysis.page.undecided import undecided_edges
from relations.change_kinds import ChangeKind
from relations.graph import RelationGraph
from relations.statistics.learning import Learnt
from tests.analysis.analysis_examples import made_changes
from tests.analysis.recommendation_examples import candidate, facts_of, judged, three_judged

HARMED = np.array([[0, 0.0, -0.2], [0.0, 0, -0.1], [0.0, 0.0, 0]])
NAMES = ["reid", "pose", "parsing"]


def opened(mean, learnt=(), recommended=None, **options):
    changes = made_changes(mean, tasks=NAMES, **options)
    known = {task: Learnt(task, ChangeKind(), *numbers, 0.8, 0.5) for task, *numbers in learnt}
    changes = replace_learnt(changes, known)
    graph = RelationGraph.from_changes(changes)
    return summary(changes, graph, undecided_edges(changes, graph, None), recommended)


def replace_learnt(changes, known):
    changes.learnt = known
    return changes


def states(found) -> list[str]:
    return [light.state for light in found.lights]


def answers(found) -> list[str]:
    return [light.answer for light in found.lights]


def test_the_worst_decided_harm_is_said_first():
    found = opened(HARMED)
    assert found.headline.startswith("reid harms parsing by 19.9 %")
    assert found.headline.endswith(", decided; 1 more edge decided harmful.")
    assert states(found) == ["open", "open", "good", "bad", "open"]
    assert answers(found)[3] == "2 of 6 edges are below −1 %, decided"


def test_a_score_worse_than_a_constant_answers_asks_which_way_is_better():
    found = opened(HARMED, learnt=[("reid", 0.0, -0.3), ("pose", 0.0, 0.5), ("parsing", 0.0, 0.5)])
    assert answers(found)[1].endswith("constant answer: reid (or is it better higher?)")


def test_with_a_recommendation_it_is_said_in_the_same_sentence():
    facts = three_judged()
    found = opened(HARMED, recommended=facts)
    what = facts["answer"].partition(": `")[0]
    assert f"Recommended: {what[0].lower()}{what[1:]}" in found.headline
    assert states(found)[4] == "good"


def test_plain_training_alone_in_its_race_is_no_cure():
    found = {"multi-head": judged(0.0, 0.0, reid=0.0, pose=0.0, parsing=0.0)}
    facts = facts_of(found, [candidate("multi-head", 0.0)])
    light = opened(HARMED, recommended=facts).lights[4]
    assert (light.state, light.said) == ("open", "not tried")


@pytest.mark.parametrize(
    ("answer", "half", "said", "words"),
    [
        ("Train 2 networks: a, b", 0.01, "yes", "two networks, +8.0 points of Δm"),
        ("Train one by db-mtl", 0.01, "yes", "one by db-mtl, +8.0 points of Δm"),
        ("Train one by db-mtl", 0.09, "perhaps", "one by db-mtl, +8.0 points of Δm, not decided"),
        ("Train one by db-mtl", None, "perhaps", "one by db-mtl, +8.0 points of Δm, not decided"),
    ],
)
def test_whether_there_is_a_cure_is_answered(answer, half, said, words):
    what = answer.removeprefix("Train ")
    facts = three_judged(answer="It is read from the facts.")
    networks = [["a", "b"], ["b"]] if "networks" in answer else [["a", "b"]]
    facts["candidates"][0] |= {"what": what, "networks": networks}
    facts["judged"]["a | b"] = judged(0.08, half)
    light = opened(HARMED, recommended=facts).lights[4]
    assert (light.said, light.answer) == (said, words)


def test_a_cure_that_leaves_harm_is_one_in_part():
    facts = three_judged(answer="Train it: `a | b`, judged on 5 fresh seeds.")
    for found in facts["judged"].values():
        found["tasks"] = {
            task: {"mean": mean, "se": 0.002, "n": 5}
            for task, mean in zip(NAMES, (-0.05, -0.03, 0.01), strict=True)
        }
    facts["kinds"] = dict.fromkeys(NAMES, ChangeKind().facts())
    facts["candidates"][0]["networks"] = [["reid", "pose"], ["pose", "parsing"]]
    light = opened(HARMED, recommended=facts).lights[4]
    assert (light.state, light.said) == ("mind", "in part")
    assert light.answer == "two networks, +8.0 points of Δm; reid, pose still lose"


def lost(plain, best, gain=0.08, half=0.01, **options):
    """The opening of a page whose recommendation judged these changes of its tasks."""
    facts = three_judged()
    for name, changes in (("multi-head", plain), ("a | b", best), ("tuned-weights", best)):
        facts["judged"][name] = judged(gain, half, **dict(zip(NAMES, changes, strict=True)))
    facts["kinds"] = dict.fromkeys(NAMES, ChangeKind().facts())
    return opened(recommended=facts, **options)


def test_what_all_together_lose_comes_before_what_pairs_say():
    found = lost((-0.3, 0.0, -0.05), (0.0, 0.0, 0.0), mean=HARMED / 4, spread=0.05, seeds=3)
    assert found.headline.startswith(
        "In plain training of all tasks, reid (−30.0 %), parsing (−5.0 %) lose. In pairs, no "
        "harm is decided, but 3 edges are harmful by the mean. Recommended: train "
    )
    harm = found.lights[3]
    assert (harm.state, harm.said) == ("bad", "yes")
    assert harm.answer.endswith("fresh seeds; in pairs, 3 of 6 edges by the mean, none decided")
    assert answers(found)[2].startswith(
        "the recommendation was judged on 5 fresh seeds; in pairs, "
    )


def test_harm_in_pairs_alone_is_told_as_theirs():
    found = lost((0.01, 0.0, 0.02), (0.02, 0.0, 0.02), mean=HARMED)
    assert found.headline.startswith(
        "In plain training of all tasks, no task loses. In pairs, reid harms parsing by "
        "19.9 %, decided"
    )
    assert (found.lights[3].state, found.lights[3].said) == ("bad", "yes")
    assert found.lights[3].answer.startswith(
        "in plain training of all tasks, no task loses, judged"
    )


def test_a_gain_that_is_not_decided_is_told_so_in_both_places():
    found = lost((-0.3, 0.0, 0.0), (0.0, 0.0, 0.0), half=0.09, mean=HARMED)
    assert found.headline.endswith("+8.0 points of Δm over plain training, not decided.")
    assert found.lights[4].said == "perhaps"


def test_plain_training_that_harms_is_not_called_without_need_of_a_cure():
    facts = three_judged() | {"recommended": "multi-head"}
    facts["judged"]["multi-head"] = judged(0.0, 0.0, reid=-0.3, pose=0.0, parsing=0.0)
    facts["judged"]["a | b"] = judged(0.0, 0.1, reid=-0.3, pose=0.0, parsing=0.0)
    facts["kinds"] = dict.fromkeys(NAMES, ChangeKind().facts())
    found = opened(np.zeros((3, 3)), recommended=facts)
    assert (found.lights[3].said, found.lights[4].said) == ("yes", "no")
    assert "with what is recommended" not in found.lights[3].answer


def test_recommendations_of_older_releases_are_read_from_their_answer():
    answer = "Train 2 networks: reid with pose, parsing: `a+b | c`, judged on 5 fresh seeds."
    facts = three_judged(answer=answer) | {"recommended": "a+b | c"}
    facts["candidates"][0]["name"] = "a+b | c"
    facts["judged"]["a+b | c"] = facts["judged"].pop("a | b")
    found = opened(HARMED, recommended=facts)
    assert "Recommended: train 2 networks: reid with pose, parsing, +8.0" in found.headline
    assert found.lights[4].answer == "two networks, +8.0 points of Δm"


def test_where_plain_training_is_recommended_nothing_cures():
    facts = three_judged() | {"recommended": "multi-head"}
    assert opened(HARMED, recommended=facts).lights[4].said == "no"
    assert opened(np.zeros((3, 3)), recommended=facts).lights[4].said == "not needed"


def test_harm_by_the_mean_is_not_called_decided():
    found = opened(HARMED / 4, spread=0.05, seeds=3)
    assert found.headline.startswith("No harm is decided, but ")
    assert states(found)[2:4] == ["mind", "mind"]


def test_harm_that_is_not_seen_is_not_called_absent():
    found = opened(np.full((3, 3), 0.01), spread=0.05)
    assert found.headline == "No harm is seen, but not every edge is decided."
    assert states(found)[2:] == ["mind", "mind", "open"]
    mean = np.zeros((3, 3))
    mean[0, 1] = np.nan
    found = opened(mean)
    assert found.headline == "No harm is seen, but 1 edge is unknown."
    assert states(found)[3:] == ["open", "open"]


def test_without_harm_nothing_is_to_cure():
    found = opened(np.zeros((3, 3)))
    assert found.headline == "No task harms another, decided."
    assert states(found)[2:] == ["good", "good", "good"]


def test_one_seed_is_never_good_news():
    found = opened(np.zeros((3, 3)), seeds=1)
    assert states(found)[2] == "bad"
    assert states(found)[3] != "good"


def test_what_is_unknown_is_never_good_news():
    found = opened(np.full((3, 3), np.nan))
    assert found.headline == "Of no pair of tasks a change is known."
    assert "good" not in states(found)


def test_unfinished_training_and_tasks_not_learnt_are_said():
    found = opened(HARMED, learnt=[("reid", 0.2, 3.0), ("pose", 0.0, 0.01), ("parsing", 0.0, 2.0)])
    assert states(found)[:2] == ["bad", "bad"]
    assert "reid (+20 %)" in answers(found)[0] or "reid (+20%)" in answers(found)[0]
    assert answers(found)[1].endswith(": pose")
    sound = opened(HARMED, learnt=[(task, 0.0, 2.0) for task in NAMES])
    assert states(sound)[:2] == ["good", "good"]


@pytest.mark.parametrize("gone", NAMES)
def test_a_task_that_says_nothing_of_its_training_leaves_the_question_open(gone):
    found = opened(HARMED, learnt=[(task, 0.0, 2.0) for task in NAMES if task != gone])
    assert states(found)[:2] == ["open", "open"]


def nothing_probed(recommended=None):
    return opened(np.full((3, 3), np.nan), recommended=recommended)


def test_a_recommendation_without_a_probe_is_not_called_nothing():
    found = nothing_probed(three_judged())
    assert found.headline.startswith("Recommended: ")
    assert states(found)[2:] == ["good", "open", "good"]
    seeds = three_judged()["judged"][three_judged()["recommended"]]["delta_m"]["n"]
    assert answers(found)[2] == f"the recommendation was judged on {seeds} fresh seeds"


def test_without_pairs_and_a_recommendation_nothing_is_known():
    found = nothing_probed()
    assert found.headline == "Of no pair of tasks a change is known."
    assert answers(found)[2:4] == ["of no pair of tasks a change is known"] * 2


def test_judged_seeds_that_show_nothing_are_no_good_news():
    facts = three_judged()
    facts["judged"][facts["recommended"]]["over_multi_head"]["lower"] = -0.01
    light = nothing_probed(facts).lights[2]
    assert light.state == "mind"
    assert light.answer.endswith("which do not show it better than multi-head")
