"""The study of groupings on tasks whose best grouping is known, and its rules."""

import json
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from gradsplit import group, load_taskset, train_grouping
from gradsplit.errors import GradSplitError, TaskSetError
from gradsplit.studies.grouping.candidates import Limits, train_candidates
from gradsplit.studies.grouping.group_runs import GroupRuns
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.planted.task_set import Planted
from gradsplit.tasksets.planted.task_set import planted as planted_set
from relations import Grouping, Ledger, Run
from relations.errors import GroupingError, TaskError
from relations.grouping.asked import Asked
from relations.grouping.group_changes import GroupChanges
from tests.gradsplit.toy_tasks import Toy
from tests.pictures import inches

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Four tasks of which `loud` harms all others, grouped into two networks."""
    folder = tmp_path_factory.mktemp("grouped")
    told: list[object] = []
    grouped = group("planted", 2, folder, seeds=2, judge_seeds=2, steps=60, executor="ensemble",
                    progress=False, tell=told.append)  # fmt: skip
    return folder, grouped, told


def test_the_loud_task_has_a_network_of_its_own(planted):
    _, grouped, _ = planted
    assert grouped.grouping.measured
    assert "loud" not in grouped.grouping.groups[grouped.grouping.serves["quiet"]]
    assert tuple(load_taskset("planted").task_names) in grouped.candidates


def test_a_second_call_trains_nothing_and_says_the_same(planted):
    folder, first, _ = planted
    second = group("planted", 2, folder, seeds=2, judge_seeds=2, steps=60, executor="ensemble",
                   progress=False)  # fmt: skip
    assert second.trained == frozenset()
    assert second.candidates == first.candidates
    assert second.grouping.to_json() == first.grouping.to_json()


def test_it_is_judged_on_seeds_that_chose_nothing(planted):
    _, grouped, _ = planted
    assert set(grouped.comparison.scores["grouping"]) == {2, 3}
    assert set(grouped.comparison.methods) == {"single", "all together", "grouping"}
    assert {run.seed for run in grouped.trained if len(run.tasks) == 2} >= {0, 1}
    gain = grouped.comparison.delta_m("grouping").mean
    assert gain > grouped.comparison.delta_m("all together").mean
    assert grouped.comparison.costs["grouping"]["networks"] == grouped.grouping.cost


def test_scores_are_those_of_the_network_that_serves(planted):
    folder, grouped, _ = planted
    with Ledger(folder / "probe.db", read_only=True) as book:
        scores = {(one.run.tasks, one.run.seed): one.scores for one in book.outcomes("")}
    for task, at in grouped.grouping.serves.items():
        network = grouped.grouping.groups[at]
        assert grouped.comparison.scores["grouping"][2][task] == scores[network, 2][task]  # type: ignore[index]


def test_nothing_is_trained_twice(planted):
    folder, grouped, _ = planted
    again = group("planted", 2, folder, seeds=2, judge_seeds=2, steps=60, executor="ensemble",
                  progress=False)  # fmt: skip
    assert again.trained == frozenset()
    assert again.grouping.groups == grouped.grouping.groups


def test_the_plan_comes_first_and_candidates_are_told(planted):
    _, grouped, told = planted
    assert str(told[0]).startswith("4 tasks")
    assert any(str(news).startswith("candidates: ") for news in told)
    assert "runs to train" in str(grouped)
    assert "4 tasks (" not in str(grouped)


def test_the_folder_holds_the_grouping_when_the_call_returns(planted):
    folder, grouped, _ = planted
    assert all((folder / name).is_file() for name in grouped.files)
    assert (folder / "grouping.json").read_text() == grouped.to_json() + "\n"
    content = json.loads(grouped.to_json())
    assert content["predicted"]["groups"] == [list(group) for group in grouped.predicted.groups]
    assert content["predicted"]["gains"] == grouped.predicted.choice.gains()
    assert len(content["budgets"]["points"]) == 4


def test_files_for_a_column_of_a_paper(planted, tmp_path):
    _, grouped, _ = planted
    grouped.save(tmp_path, width=3.3, font_size=7)
    drawn = {file.name: inches(file) for file in tmp_path.glob("*.png")}
    assert set(drawn) > {"grouping.png", "budget.png", "changes.png"}
    assert set(drawn.values()) == {3.3}


def test_files(planted, tmp_path):
    _, grouped, _ = planted
    assert grouped.save(tmp_path) == ["grouping.json", "grouping.png", "budget.png"]
    content = json.loads((tmp_path / "grouping.json").read_text())
    assert content["judged"]["grouping"]["delta_m"]["n"] == 2
    assert set(content["judged"]["all together"]["tasks"]) == set(grouped.grouping.tasks)
    served = train_grouping(load_taskset("planted", {"steps": 3}), tmp_path / "grouping.json",
                            out=tmp_path / "trained", progress=False)  # fmt: skip
    scores = json.loads((tmp_path / "trained" / "scores.json").read_text())
    assert scores == {task: fitted.scores[task] for task, fitted in served.items()}
    assert (tmp_path / "trained" / "network-2" / "weights.safetensors").is_file()
    assert Grouping.load(tmp_path / "trained" / "grouping.json").groups == grouped.grouping.groups


def test_the_curve_grows_with_the_budget(planted):
    _, grouped, _ = planted
    means = [point.mean for point in grouped.curve.points]
    assert means == sorted(means)
    assert means[-1] >= -1e-9  # all apart is among what four networks can be
    assert all(point.chance <= point.mean + 1e-9 for point in grouped.curve.points)


def test_without_candidates_nothing_is_judged(planted):
    folder, _, _ = planted
    grouped = group("planted", 1, folder, seeds=2, steps=60, train=0, progress=False)
    assert (grouped.comparison, grouped.candidates) == (None, ())


def test_a_limit_of_runs_takes_the_best_of_what_was_trained(tmp_path):
    few = {"seeds": 2, "judge_seeds": 2, "steps": 60, "executor": "ensemble", "progress": False}
    grouped = group("planted", 2, tmp_path, most_runs=0, disjoint=True, apart=["loud:quiet"], **few)
    assert not grouped.grouping.choice.exact
    assert grouped.candidates == ()
    assert grouped.grouping.measured
    # Whatever comes next, at most one group of two seeds: all together, which is asked first.
    more = group("planted", 2, tmp_path, most_runs=3, **few)
    assert more.candidates == (load_taskset("planted").task_names,)
    assert more.grouping.measured
    noted = any("stopped at 3 runs of candidates" in note for note in more.grouping.notes)
    assert noted or more.predicted.measured


def test_a_group_of_some_of_the_seeds_is_not_measured(tmp_path):
    """As after a stop, or when more seeds are asked: the missing ones are trained."""
    runs = GroupRuns(VariantRuns(Toy(), tmp_path / "probe.db", progress=False))
    runs.train([runs.tasks], (0,))
    assert runs.tasks in runs.changes((0,)).scaled
    runs.train([], (0, 1))
    assert runs.tasks not in runs.changes((0, 1)).scaled
    runs.train([runs.tasks], (0, 1))
    assert runs.tasks in runs.changes((0, 1)).scaled


def test_the_search_among_many_tasks_comes_to_an_end():
    """A network that was trained counts as trained, and its gains as measured."""
    tasks = tuple(f"t{at}" for at in range(16))
    runs = Drawn(tasks)
    found = train_candidates(runs, (0, 1), Asked(networks=2), Limits(3, 60))  # type: ignore[arg-type]
    assert found.grouping.measured
    assert len(found.trained) * 2 <= 60
    assert len(set(found.trained)) == len(found.trained)


def test_groups_that_have_no_change_are_trained_once_and_never_chosen():
    tasks = tuple("abcdef")
    runs = Drawn(tasks, lost=lambda group: len(group) > 3)
    found = train_candidates(runs, (0, 1), Asked(networks=3), Limits(3, 10**6))  # type: ignore[arg-type]
    assert found.grouping.measured
    assert tasks in found.trained
    assert found.grouping.together is None
    assert not set(found.grouping.groups) & found.changes.lost
    again = train_candidates(runs, (0, 1), Asked(networks=3), Limits(3, 10**6))  # type: ignore[arg-type]
    assert (again.trained, again.grouping) == (found.trained, found.grouping)


def test_what_was_trained_under_other_rules_is_looked_at_before_the_end():
    """A group that pairs call useless and that is good makes another promising: it is trained."""
    tasks = tuple("abcdef")
    runs = Drawn(tasks)
    runs.known = {pair: np.zeros((2, 2)) for pair in combinations(tasks, 2)}
    runs.known |= {pair: np.full((2, 2), 0.1) for pair in combinations("def", 2)}
    runs.known |= {tuple(pair): np.tile([1.0, 0.0], (2, 1)) for pair in ("ad", "be", "cf")}
    runs.known |= {tuple("abc"): np.full((2, 3), 2.0)}
    asked = Asked(networks=3, disjoint=True)
    found = train_candidates(runs, (0, 1), asked, Limits(1, 60))  # type: ignore[arg-type]
    assert found.grouping.measured
    assert found.trained == (tasks, tuple("def"))
    assert found.grouping.groups[0] == tuple("abc")


class Drawn:
    """Runs whose changes are drawn: pairs gain at random, larger groups nothing, or have none."""

    def __init__(self, tasks: tuple[str, ...], lost=lambda _: False) -> None:
        self.tasks, self.lost = tasks, lost
        self.place = SimpleNamespace(finished=frozenset, tell=lambda _: None)
        drawn = np.random.default_rng(0)
        self.known: dict[tuple[str, ...], np.ndarray] = {
            pair: drawn.normal(0, 0.1, (2, 2)) for pair in combinations(tasks, 2)
        }

    def runs(self, groups, seeds):
        return [Run(members, seed) for members in groups for seed in seeds]

    def train(self, groups, seeds):
        self.known |= {members: np.zeros((len(seeds), len(members))) for members in groups}

    def changes(self, seeds):
        known = {group: of for group, of in self.known.items() if not self.lost(group)}
        lost = frozenset(group for group in self.known if self.lost(group))
        turned = np.zeros(len(self.tasks), dtype=bool)
        return GroupChanges(self.tasks, tuple(seeds), known, turned, lost=lost)


class Narrower(Planted):
    """Planted tasks behind a bottleneck that can be made narrower."""

    def with_width(self, factor: float) -> "Narrower":
        return replace(self, width=round(self.width * factor))


@pytest.mark.slow
def test_small_networks(tmp_path):
    plain = planted_set()
    narrower = Narrower("narrower", plain.plants, plain.width).with_recipe(steps=150)
    grouped = group(narrower, None, tmp_path, budget=1.5, small=0.5, seeds=2, judge_seeds=2,
                    progress=False)  # fmt: skip
    assert grouped.grouping.cost <= 1.5
    runs = GroupRuns(VariantRuns(narrower, tmp_path / "probe.db", progress=False), 0.5)
    gains = runs.small_gains((0, 1))
    assert gains is not None
    assert set(gains) == {"loud", "quiet", "scarce", "apart"}
    # Eight rows hold what a task of four wants, and not all that one of ten does.
    assert gains["loud"] < -0.02 < gains["apart"]


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"budget": 0.5, "networks": None}, GroupingError, "budget is 0.5"),
        ({"together": ["loud:noone"]}, TaskError, "noone"),
        (
            {"together": ["loud:quiet"], "apart": ["quiet:loud"]},
            GroupingError,
            "together and apart",
        ),
        ({"networks": 1, "apart": ["loud:quiet"]}, GroupingError, "No grouping obeys"),
        ({"judge_seeds": [0, 1]}, GradSplitError, r"\[0, 1\] are in both"),
        ({"judge_seeds": 1}, GradSplitError, "judge_seeds"),
        ({"train": -1}, GradSplitError, "train"),
        ({"most_runs": -1}, GradSplitError, "most_runs"),
        ({"small": 1.5}, GroupingError, "between 0 and 1"),
        ({"absolute": {"loud": -0.1}}, GroupingError, "need one unit"),
    ],
)
def test_what_cannot_be_had_is_refused_before_anything_is_trained(tmp_path, asked, error, message):
    with pytest.raises(error, match=message):
        group("planted", **{"networks": 2, "out": tmp_path / "out", "progress": False, **asked})
    assert not (tmp_path / "out").exists()


def test_a_grouping_of_other_tasks_is_refused(tmp_path):
    (tmp_path / "mine.json").write_text('{"groups": [["loud", "pose"]]}')
    with pytest.raises(GroupingError, match=r"of the tasks loud, pose; `planted` has"):
        train_grouping("planted", tmp_path / "mine.json", out=tmp_path)


def test_a_task_set_of_one_width_has_no_small_networks(tmp_path):
    with pytest.raises(TaskSetError, match="with_width"):
        group(Toy(), 2, tmp_path, small=0.5)
