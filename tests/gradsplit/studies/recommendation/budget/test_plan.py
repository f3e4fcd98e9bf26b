"""What a recommendation will train, said before anything is spent."""

import pytest

from gradsplit import RecommendationCost, recommend, recommendation_cost
from gradsplit.cli import main
from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation import candidate_source
from gradsplit.studies.recommendation.candidate_source import register_source
from gradsplit.studies.recommendation.configuration import Configuration
from relations.plan import Cost
from tests.gradsplit.toy_tasks import Toy

COST = Cost({1: 1.0, 2: 2.0}, measured_on="a guess")
TOY = f"{__file__.rpartition('/studies/')[0]}/toy_tasks.py:toy"


@pytest.fixture
def own_sources(monkeypatch):
    """Sources that a test registers are gone after it."""
    recommendation_cost(Toy(), runs=60, cost=COST)  # all that there are have registered by now
    monkeypatch.setattr(candidate_source, "_SOURCES", dict(candidate_source._SOURCES))


def names(plan):
    return [one.name for one in plan.at_once]


def test_every_stage_within_the_budget():
    plan = recommendation_cost(Toy(), runs=120, cost=COST)
    stages = {stage.what: stage for stage in plan.stages}
    assert plan.runs == 120
    assert [stage.runs for stage in plan.stages][:3] == [2 * 3, 2 * len(plan.at_once), 3 * 3 + 7]
    assert stages["every task alone"].seconds == 6.0
    # A joint run as long as a task's share of a pair run, and 1.3 times for what balancing takes.
    assert stages["search of loss weights"].seconds == pytest.approx(16 * 1.3 * 3.0)
    # 3 pairs on 3 seeds, and the third seed's single-task runs.
    assert stages["pairs of tasks, if tasks lose by sharing"].runs == 3 * 3 + 3
    assert plan.stages[-1].runs == 5 * (5 + 3)
    text = str(plan)
    assert "at most 120 runs, about" in text
    assert "one after the other (measured on a guess)" in text


def test_longer_training_takes_longer():
    plan = recommendation_cost(Toy(), runs=120, cost=COST)
    at_once = plan.stages[1]
    assert "multi-head, 2 x steps" in names(plan)
    assert at_once.seconds == pytest.approx(1.3 * 3.0 * 2 * (len(plan.at_once) + 1))


def test_without_a_measured_cost_there_is_no_time():
    plan = recommendation_cost(Toy(), runs=120, cost=Cost({}))
    assert plan.seconds is None
    assert "runs at most\n" in str(plan) and "at most 120 runs\n" in str(plan)
    with pytest.raises(GradSplitError, match="Give `runs=54` or more"):
        recommendation_cost(Toy(), cost=Cost({}))


def test_hours_become_runs():
    plan = recommendation_cost(Toy(), hours=0.1, cost=COST)
    assert plan.runs == int(360 / (1.3 * 3.0))


def test_candidates_are_those_of_the_registry(own_sources):
    before = recommendation_cost(Toy(), runs=120, cost=COST)

    @register_source("at once")
    def another(known):
        yield known.of_method("weights:sum=3", "more of the sum")

    @register_source("at once")
    def impossible(known):
        yield Configuration("very wide", "one wide network", width=9.0)

    @register_source("on the best balancing")
    def on_top(known):
        yield known.of_method(f"last-stage:modules=last,balance={known.balance}", "both")

    after = recommendation_cost(Toy(), runs=120, cost=COST)
    assert set(names(after)) - set(names(before)) == {"weights:sum=3"}
    assert after.stages[1].runs == before.stages[1].runs + 2
    assert len(after.on_balancing) == len(before.on_balancing) + 1
    assert "has no width to change" in after.left_out["very wide"]


def test_who_is_too_dear_is_named():
    plan = recommendation_cost(Toy(), runs=120, inference=1.0, cost=COST)
    dear = recommendation_cost(Toy(), runs=120, inference=3.0, cost=COST)
    assert "all apart" in names(dear)
    assert "all apart" not in names(plan)
    assert "times the operations at inference, above 1" in plan.left_out["all apart"]
    assert "not in the race: all apart" in str(plan)


def test_what_there_is_no_room_for_is_named():
    plan = recommendation_cost(Toy(), runs=56, cost=COST)
    assert plan.runs == 56
    assert [stage.what for stage in plan.stages][2:-1] == ["more seeds"]
    why = "no room in 56 trainings for a"
    said = f"tuned-weights: {why} search of loss weights: `runs={plan.searched_from}` would do"
    assert said in str(plan)
    said = f"masks, groupings: {why} probe of 3 tasks: `runs={plan.probed_from}` would do"
    assert said in str(plan)


@pytest.mark.parametrize("what", ["searched_from", "probed_from"])
def test_the_fewest_trainings_that_give_room_are_that(what):
    plan = recommendation_cost(Toy(), runs=56, cost=COST)
    fewest = getattr(plan, what)
    out = {"searched_from": "tuned-weights", "probed_from": "masks, groupings"}[what]
    enough = recommendation_cost(Toy(), runs=fewest, cost=COST)
    less = recommendation_cost(Toy(), runs=fewest - 1, cost=COST)
    assert out not in enough.no_room
    assert out in less.no_room
    assert getattr(less, what) == getattr(enough, what) == fewest


def test_groupings_that_are_asked_for_are_probed():
    plan = recommendation_cost(Toy(), runs=120, networks=2, cost=COST)
    assert "pairs of tasks, as groupings are asked for" in str(plan)


@pytest.mark.long
def test_a_recommendation_says_it_first_and_keeps_to_it(tmp_path):
    told = []
    best = recommend(Toy(), tmp_path, runs=56, tell=told.append, progress=False)
    plan = told[0]
    assert isinstance(plan, RecommendationCost)
    assert {one.name for one in best.standings.members} == set(names(plan))
    assert best.spent <= plan.runs == 56
    assert str(plan) not in best.text
    again = recommendation_cost(Toy(), runs=56, cost=plan.cost)
    assert str(again) == str(plan)


def test_the_command(capsys):
    assert main(["plan", TOY, "--recommend", "60", "--measure", "0"]) == 0
    assert "at most 60 runs\n" in capsys.readouterr().out
    assert main(["plan", TOY, "--recommend", "--measure", "0"]) == 2
    assert "how long a run takes was not measured" in capsys.readouterr().err
    assert main(["plan", TOY, "--recommend", "60", "--tasks", "sum,error"]) == 2
    assert "takes all tasks" in capsys.readouterr().err
    assert main(["plan", TOY, "--recommend", "60", "70"]) == 2
    assert "one number of trainings" in capsys.readouterr().err


def test_the_command_without_a_number_is_an_hour(capsys, monkeypatch):
    monkeypatch.setattr("gradsplit.measured_cost", lambda *which, **options: COST)
    assert main(["plan", TOY, "--recommend"]) == 0
    assert f"at most {int(3600 / (1.3 * 3.0))} runs" in capsys.readouterr().out
