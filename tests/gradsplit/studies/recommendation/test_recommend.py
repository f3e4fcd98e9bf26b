"""The whole recommendation on tasks whose cure is known, and what it refuses."""

import csv
import json
from dataclasses import dataclass, replace

import pytest

from gradsplit import fit, recommend, train, train_grouping
from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
from gradsplit.studies.recommendation.files.recommendation_file import read_recommendation
from gradsplit.studies.recommendation.files.recommended_file import GROUPING, recommended_text
from relations import Ledger
from tests.gradsplit.toy_tasks import Toy

pytestmark = pytest.mark.long

LOUD = "cause-loud-loss"
SHORT = {"runs": 70, "judge_seeds": 3, "race_seeds": 3, "progress": False}


@pytest.fixture(scope="module")
def loud(tmp_path_factory):
    """One loud task harms another: what turns it down is the cure at no cost."""
    folder = tmp_path_factory.mktemp("recommended")
    told: list[object] = []
    best = recommend(LOUD, folder, steps=100, inference=1.0, tell=told.append, **SHORT)
    return folder, best, told


def test_it_turns_the_loud_task_down(loud):
    _, best, _ = loud
    over = best.verdict.answer(best.config.name, MULTI_HEAD)
    assert best.config.name != MULTI_HEAD
    assert over.decided
    assert over.difference.mean > 0.05
    assert best.costs[best.config.name].operations == pytest.approx(1)


def test_it_is_judged_on_seeds_that_chose_nothing(loud):
    _, best, _ = loud
    assert set(best.comparison.scores[best.config.name]) == {3, 4, 5}
    assert max(one.gain.n for one in best.standings.members if one.gain) <= 3


def test_it_keeps_within_its_trainings(loud):
    folder, best, _ = loud
    with Ledger(folder / "probe.db", read_only=True) as book:
        made = sum(len(list(book.outcomes(variant))) for variant in book.variants())
    assert made == best.spent <= 70


def test_what_is_too_dear_takes_no_part_and_is_said(loud):
    _, best, _ = loud
    assert "times the operations at inference, above 1" in best.standings.left_out["all apart"]
    assert all(one.cost.operations < 1.05 for one in best.standings.members)


def test_a_second_call_trains_nothing_and_says_the_same(loud):
    folder, best, _ = loud
    again = recommend(LOUD, folder, steps=100, inference=1.0, **SHORT)
    assert again.trained == frozenset()
    assert again.answer == best.answer


def test_the_file_trains_what_was_recommended(loud, tmp_path):
    folder, best, _ = loud
    file = str(folder / "recommended.toml")
    fitted = train(file, recommended=file, out=tmp_path, seed=3, progress=False)
    assert fitted.scores == best.comparison.scores[best.config.name][3]


def test_the_facts_are_plain_json(loud):
    folder, best, _ = loud
    facts = read_recommendation(folder / "recommendation.json", best.comparison.tasks)
    assert facts == json.loads(best.to_json())
    assert facts["recommended"] == best.config.name
    assert facts["asked"] == {
        "runs": 70,
        "race_seeds": 3,
        "judge_seeds": 3,
        "networks": 1,
        "inference": 1.0,
        "pairs": False,
        "methods": [],
        "threshold": -0.01,
        "taskset": LOUD,
        "options": {"steps": 100},
    }
    assert facts["higher_is_better"] == {"source": True, "target": True}
    assert set(facts["judged"]) == set(best.comparison.methods) - {"single"}
    assert facts["judged"][MULTI_HEAD]["over_multi_head"]["mean"] == 0


def test_the_weights_that_a_search_found_stand_where_a_reader_looks(loud):
    folder, best, told = loud
    weights = {one["name"]: one["method"] for one in best.facts()["candidates"]}["tuned-weights"]
    assert weights.startswith("weights:") and "=" in weights
    with (folder / "candidates.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["candidate"]: row for row in csv.DictReader(file)}
    assert rows["tuned-weights"]["method"] == weights
    assert rows["tuned-weights"]["what"].startswith("one network with loss weights")
    said = f"`tuned-weights` is `{weights}`"
    assert f"{said}." in best.answer
    assert said in str(next(one for one in told if getattr(one, "title", "").startswith("with ")))


def test_the_answer_comes_first_and_says_what_was_tried(loud):
    folder, best, told = loud
    text = (folder / "recommendation.txt").read_text()
    assert text.startswith(best.answer)
    assert any(best.answer == news for news in told)
    assert f"It took {best.spent} trainings." in best.answer


def test_groupings_join_where_networks_are_asked_for(tmp_path):
    best = recommend(Toy(), tmp_path, networks=2, **{**SHORT, "runs": 120})
    groupings = [one.name for one in best.standings.members if "|" in one.name]
    assert groupings
    assert best.graph is not None
    grouped = next(one for one in groupings if "," not in one)
    cost = best.costs[grouped].operations
    assert 1.05 < cost < 2.1


def test_a_recommended_grouping_is_trained(tmp_path):
    apart = Configuration("all apart", "", networks=(("source",), ("target",)),
                          serves={"source": 0, "target": 1})  # fmt: skip
    file = tmp_path / "recommended.toml"
    file.write_text(recommended_text(apart, LOUD, {"steps": 3}))
    (tmp_path / GROUPING).write_text('{"groups": [["source"], ["target"]]}')
    served = train_grouping(str(file), recommended=file, out=tmp_path / "out", progress=False)
    assert [list(served[task].scores) for task in ("source", "target")] == [["source"], ["target"]]


def test_own_methods_join_the_race(tmp_path):
    best = recommend(Toy(), tmp_path, methods=["gradnorm:alpha=0.5"],
                     **{**SHORT, "runs": 60})  # fmt: skip
    assert "gradnorm:alpha=0.5" in [one.name for one in best.standings.members]
    assert best.reference is None


def test_own_methods_that_need_a_mask_get_that_of_the_relations(tmp_path):
    asked = ["dropgrad", "gradsplit:threshold=-0.2"]
    best = recommend(LOUD, tmp_path, steps=60, inference=1.0, methods=asked, **SHORT)
    assert best.graph is not None  # pairs are probed for them, whoever leads
    names = [one.name for one in best.standings.members] + list(best.standings.left_out)
    assert {"dropgrad:mask=mask.json", "gradsplit:mask=mask-0.2.json"} <= set(names)
    assert (tmp_path / "mask-0.2.json").is_file()


def test_what_needs_a_mask_is_named_where_there_is_no_room_for_a_probe(tmp_path):
    best = recommend(Toy(), tmp_path, methods=["dropgrad"], **{**SHORT, "runs": 46})
    assert "no room in 46 trainings" in best.standings.left_out["dropgrad"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"runs": 20}, "takes 43 trainings or more"),
        ({"runs": 50, "hours": 1.0}, "either `runs` or `hours`"),
        ({"runs": 50, "inference": 0.5}, "1 or more"),
        ({"runs": 50, "networks": 0}, "`networks` must be"),
        ({"runs": 50, "threshold": 0.5}, "`threshold` must be"),
        ({"runs": 50, "methods": ["nash"]}, "there is no method 'nash'"),
        ({"runs": 50, "methods": ["gradsplit:balance=nash"]}, "Did you mean `nash-mtl`"),
        ({"runs": 50, "executor": "ensemble"}, "run by run"),
        ({"hours": -1.0}, "`hours` must be"),
    ],
)
def test_what_cannot_be_done_is_refused_before_training(wrong, said, tmp_path):
    with pytest.raises(ValueError, match=said):
        recommend("planted", tmp_path / "none", progress=False, judge_seeds=3, **wrong)
    assert not (tmp_path / "none").exists()


@dataclass(frozen=True)
class OnOtherData(Toy):
    """Its scores are of other data once nothing is chosen any more."""

    judged_on_test: bool = False

    def on_test(self):
        return None if self.judged_on_test else replace(self, judged_on_test=True)

    def data(self, task, seed):
        return super().data(task, 2 if seed and self.judged_on_test else seed)


def test_the_judgement_is_on_test_data_where_there_is_some(tmp_path):
    best = recommend(OnOtherData(), tmp_path, **SHORT)
    assert best.on_test
    assert "on test data" in best.answer
    race, test = (Ledger(tmp_path / name, read_only=True) for name in ("probe.db", "test.db"))
    with race, test:
        made = {
            book: [outcome.run for variant in book.variants() for outcome in book.outcomes(variant)]
            for book in (race, test)
        }
    assert {run.seed for run in made[race]} <= {0, 1, 2}
    assert {run.seed for run in made[test]} == {3, 4, 5}
    assert sum(map(len, made.values())) <= best.spent <= SHORT["runs"]
    tested = OnOtherData().on_test()
    seen = best.comparison.scores[MULTI_HEAD][3]
    assert seen == pytest.approx(fit(tested, tested.task_names, 3).scores)
    assert seen != pytest.approx(fit(OnOtherData(), tested.task_names, 3).scores)


def test_test_data_chooses_nothing(tmp_path):
    class OnTest(Toy):
        judged_on_test = True

    with pytest.raises(GradSplitError, match="a recommendation is a choice"):
        recommend(OnTest(), tmp_path, runs=60)
