"""Edges in question, their runs, and what is recommended, on few steps."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from analysis.diagnosis.removed_harm import Removed, Row
from gradsplit.commands.diagnose import to_examine, write
from gradsplit.errors import TaskSetError
from gradsplit.studies.diagnosis.advice import Recommendation
from gradsplit.studies.diagnosis.causes import CAPACITY, DATA, SCALE, STAGE, Named
from gradsplit.studies.diagnosis.clinic import Clinic, Diagnosis, verdicts
from gradsplit.studies.diagnosis.extra import Extra, extra
from gradsplit.studies.diagnosis.intervention_runs import InterventionRuns
from gradsplit.studies.diagnosis.interventions import (
    Intervention,
    longer,
    narrow,
    other_labels,
    own_moments,
    own_stages,
    quieter,
    wider,
    withheld,
)
from gradsplit.studies.diagnosis.text import as_json, described
from gradsplit.tasksets.causes.task_sets import TwoStages, late_stage, narrow_trunk
from relations import ChangeMatrix, GradientMask, RelationGraph, Task
from relations.errors import ScoreError
from relations.ledger.ledger import Ledger
from relations.runs import Outcome, Run
from tests.gradsplit.toy_tasks import Toy

EDGE, BACK = ("sum", "error"), ("error", "sum")
PLANTED = ("source", "target")
SPLIT = withheld(PLANTED, PLANTED, ("late",), "withheld: late")


def runs(folder: Path, executor: str) -> InterventionRuns:
    taskset = Toy().with_recipe(steps=3)
    return InterventionRuns(
        taskset, folder / "probe.db", range(2), executor=executor, progress=False
    )


def relation(together: dict[str, list[float]]) -> RelationGraph:
    """The relation of two tasks that score 1.0, 1.1 and 0.9 alone."""
    alone = [1.0, 1.1, 0.9]
    done = [Outcome(Run((task,), s), {task: alone[s]}) for task in "ab" for s in range(3)]
    for s in range(3):
        scores = {task: together[task][s] for task in "ab"}
        done += [Outcome(Run(("a", "b"), s), scores)]
    return RelationGraph.from_changes(ChangeMatrix.from_runs([Task("a"), Task("b")], done))


def test_undecided_edges_with_a_loss_are_examined_too(capsys: pytest.CaptureFixture[str]) -> None:
    worse = [0.6, 0.62, 0.57]
    graph = relation({"a": worse, "b": [0.97, 1.13, 0.89]})
    assert to_examine(graph) == {("b", "a"): "harmful", ("a", "b"): "undecided"}
    assert to_examine(graph, [("b", "a")]) == {("b", "a"): "harmful"}
    better = relation({"a": worse, "b": [1.0, 1.2, 0.92]})
    assert to_examine(better, [("a", "b"), ("b", "a")]) == {("b", "a"): "harmful"}
    assert "a -> b: " in capsys.readouterr().out


def test_edges_share_trainings_and_stages_of_their_own_are_trained_one_by_one(
    tmp_path: Path,
) -> None:
    wanted = [quieter, longer, own_moments]
    both = {
        edge: [*(one(edge) for one in wanted), own_stages(edge, ("last",))] for edge in (EDGE, BACK)
    }
    found = {}
    for executor in ("ensemble", "in-process"):
        folder = tmp_path / executor
        folder.mkdir()
        place = runs(folder, executor)
        place.train(both)
        found[executor] = np.array([place.after(one) for some in both.values() for one in some])
        with Ledger(folder / "probe.db") as book:
            count = {name: len(list(book.outcomes(name))) for name in book.variants()}
        # Longer: the pair once, each of the two alone. Turned down: one pair a direction.
        assert sorted(count.values()) == [2, 2, 2, 2, 6, 6]
    np.testing.assert_allclose(found["ensemble"], found["in-process"], rtol=1e-6)


def test_what_removing_each_cause_did() -> None:
    def said(verdict: str) -> Removed:
        return Removed(0.5, 0.0, 1.0, verdict, 5)

    everywhere = withheld(PLANTED, PLANTED, ("early", "late"), "withheld everywhere")
    scale = {quieter(PLANTED): said("keeps"), own_moments(PLANTED): said("removes")}
    assert verdicts(scale) == {SCALE: "removes"}
    assert verdicts({everywhere: said("removes"), SPLIT: said("keeps")}) == {STAGE: "removes"}
    assert verdicts({everywhere: said("undecided"), SPLIT: said("removes")}) == {STAGE: "removes"}
    assert verdicts({narrow(PLANTED): said("keeps")}) == {CAPACITY: "undecided"}
    assert verdicts({narrow(PLANTED): said("removes")}) == {CAPACITY: "keeps"}
    both = {narrow(PLANTED): said("keeps"), wider(PLANTED): said("removes")}
    assert verdicts(both) == {CAPACITY: "removes"}
    # A harm that stays without the source's objective is its data's.
    assert verdicts({other_labels(PLANTED): said("keeps")}) == {DATA: "removes"}


def test_a_small_change_has_no_cause(tmp_path: Path) -> None:
    taskset = narrow_trunk().with_recipe(steps=60)
    place = InterventionRuns(
        taskset, tmp_path / "p.db", range(2), executor="ensemble", progress=False
    )
    (found,) = Clinic(place, threshold=-0.99).diagnose({PLANTED: "undecided"})
    assert found.named.cause is None
    assert found.named.open[0] == "no harm"
    assert found.recommended is None


def test_scores_without_a_ratio_decide_nothing_and_cost_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_others = InterventionRuns.after

    def after(self: InterventionRuns, one: Intervention) -> np.ndarray:
        if one == quieter(PLANTED):
            raise ScoreError("a score of 0")
        return of_others(self, one)

    monkeypatch.setattr(InterventionRuns, "after", after)
    taskset = late_stage().with_recipe(steps=30)
    place = InterventionRuns(taskset, tmp_path / "p.db", range(2), progress=False)
    (found,) = Clinic(place).diagnose({PLANTED: "harmful"})
    spoiled = found.interventions[quieter(PLANTED)].removed
    assert spoiled.verdict == "undecided" and np.isnan(spoiled.share)
    assert not np.isnan(found.interventions[longer(PLANTED)].removed.share)
    write([found], taskset, tmp_path)
    said = json.loads((tmp_path / "diagnosis.json").read_text())
    assert said[0]["interventions"][1]["removed"]["share"] is None


def test_extra_compute_is_counted() -> None:
    taskset = late_stage()
    assert extra(taskset, PLANTED, longer(PLANTED)) == Extra(2.0, 1.0, 1.0)
    assert extra(taskset, PLANTED, SPLIT) == Extra(1.0, 1.0, 1.0)
    # Trunk 24 + 8 x 24, heads 20 x 8 and 4 x 8; twice as wide doubles all but the gains.
    assert extra(taskset, PLANTED, wider(PLANTED)).parameters == pytest.approx(792 / 408)
    own = extra(taskset, PLANTED, own_stages(PLANTED, ("late",)))
    assert own.parameters == pytest.approx(600 / 408)
    assert own.training == 1.0
    apart = extra(taskset, PLANTED, None)
    assert apart.parameters == pytest.approx(624 / 408)


@dataclass(frozen=True)
class Divided(TwoStages):
    """Has no data before it knows the seed."""

    seen: bool = False

    def for_seed(self, seed: int) -> "Divided":
        return replace(self, seen=True)

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        if not self.seen:
            raise TaskSetError("ask for_seed first")
        return super().batches(task, seed)


def test_compute_is_counted_where_data_are_divided_by_seed() -> None:
    plain = late_stage()
    divided = Divided(**{one.name: getattr(plain, one.name) for one in fields(plain)})
    assert extra(divided, PLANTED, None) == extra(plain, PLANTED, None)


def diagnosis(one: Intervention, cause: str) -> Diagnosis:
    row = Row(one.name, cause, Removed(0.9, 0.8, 1.0, "removes", 5), 0.1, -0.2, one.cost)
    best = Recommendation(one, 0.1, -0.2, Extra(1.0, 1.5, 1.5))
    return Diagnosis(PLANTED, "harmful", -0.1, {one: row}, Named(cause), best)


def test_a_mask_is_written_where_a_split_is_recommended(tmp_path: Path) -> None:
    write([diagnosis(SPLIT, STAGE)], late_stage(), tmp_path)
    mask = GradientMask.load(tmp_path / "diagnosis-mask.json")
    assert mask.blocked() == [PLANTED]
    assert mask.provenance["modules"] == ["late"]
    said = json.loads((tmp_path / "diagnosis.json").read_text())
    assert said[0]["recommended"]["source"] == -0.2


@pytest.mark.parametrize(
    ("one", "cause"), [(own_stages(PLANTED, ("late",)), STAGE), (quieter(PLANTED), SCALE)]
)
def test_no_mask_is_written_for_anything_else(
    one: Intervention, cause: str, tmp_path: Path
) -> None:
    write([diagnosis(one, cause)], late_stage(), tmp_path)
    assert not (tmp_path / "diagnosis-mask.json").exists()


def test_the_text_says_gain_cost_and_compute() -> None:
    text = described(diagnosis(own_stages(PLANTED, ("late",)), STAGE))
    assert "give target its own late" in text
    assert "target +10.0 %, source -20.0 %" in text
    assert "mind: it costs source more than it gives target." in text
    assert "training x1, parameters x1.5, inference x1.5" in text
    apart = replace(
        diagnosis(quieter(PLANTED), SCALE),
        named=Named(None),
        recommended=Recommendation(None, 0.1, 0.0, Extra(1.0, 2.0, 1.9)),
    )
    assert "train target without source" in described(apart)
    assert "(each trained alone)" in described(apart)
    assert "mind:" not in described(apart)
    assert as_json(apart)["recommended"]["intervention"] is None
    beside = replace(diagnosis(SPLIT, STAGE), apart=apart.recommended)
    assert "apart: target +10.0 %, source +0.0 %" in described(beside)
    assert as_json(beside)["apart"]["target"] == 0.1
