"""Masks of a comparison: measured once, judged at any threshold, or given."""

from pathlib import Path

import pytest

from gradsplit.errors import GradSplitError
from gradsplit.studies.comparison.measured_mask import MeasuredMask
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.training.taskset import Predict
from relations import GradientMask
from relations.errors import MaskError, options_named
from relations.executors.in_process import InProcess
from relations.plan import Plan
from relations.sources import load_changes
from tests.gradsplit.toy_tasks import Toy

TASKS = ("sum", "error", "class.sign")
RELATION = (
    "source,target,change\nsum,error,-0.5\nsum,class.sign,0\nerror,sum,0\n"
    "error,class.sign,-0.02\nclass.sign,sum,0\nclass.sign,error,0\n"
)


@pytest.fixture
def told() -> list[object]:
    return []


@pytest.fixture
def place(tmp_path: Path, told: list[object]) -> VariantRuns:
    return VariantRuns(Toy(), tmp_path / "probe.db", progress=False, tell=told.append)


def cut(mask: GradientMask) -> set[tuple[str, str]]:
    """The edges that a mask cuts."""
    return {
        (source, group)
        for source, row in zip(mask.tasks, mask.may_update, strict=True)
        for group, allowed in zip(mask.tasks, row, strict=True)
        if not allowed
    }


def test_nothing_is_measured_before_it_is_needed(place: VariantRuns, tmp_path: Path) -> None:
    masks = MeasuredMask(place, range(1))
    assert not cut(masks.foreseen())
    assert masks.measured is None
    assert not place.ledger.exists()


def test_it_is_measured_once_and_kept(
    place: VariantRuns, tmp_path: Path, told: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    masks = MeasuredMask(place, range(1))
    first = masks()
    monkeypatch.setattr(InProcess, "outcomes", lambda *_: pytest.fail("trained again"))
    changes = load_changes(tmp_path).mean
    for threshold in (-0.0001, -0.9):
        wanted = {
            (source, target)
            for row, source in enumerate(TASKS)
            for column, target in enumerate(TASKS)
            if changes[row, column] < threshold
        }
        assert cut(masks(threshold)) == wanted
    assert cut(masks(-0.0001)) != cut(masks(-0.9))
    assert cut(GradientMask.load(tmp_path / "mask.json")) == cut(first)
    assert (tmp_path / "heatmap.png").exists()
    plan, graph = told
    assert isinstance(plan, Plan)
    assert len(plan.missing) == 6
    assert graph is masks.measured


def test_the_mask_of_a_relation_somebody_has(place: VariantRuns, tmp_path: Path) -> None:
    table = tmp_path / "relation.csv"
    table.write_text(RELATION)
    masks = MeasuredMask(place, range(1), given=GradientMask.identity(TASKS))
    mask = masks(None, str(table))
    assert cut(mask) == {("sum", "error"), ("error", "class.sign")}
    assert mask.provenance["source"] == str(table)
    assert cut(masks(-0.1, str(table))) == {("sum", "error")}
    blocked = MeasuredMask(place, range(1), undecided="allow")(None, str(table))
    assert not cut(blocked)  # one value shows no uncertainty: every edge is undecided
    assert not place.ledger.exists()


def test_a_given_mask_is_taken_as_it_is(place: VariantRuns, tmp_path: Path) -> None:
    mask = GradientMask.identity(TASKS)
    mask.save(tmp_path / "mask.json")
    assert MeasuredMask(place, range(1), given=mask)() is mask
    assert cut(MeasuredMask(place, range(1), given=tmp_path / "mask.json")()) == cut(mask)
    with pytest.raises(GradSplitError, match="one threshold"):
        MeasuredMask(place, range(1), given=mask)(-0.1)


class Flat(Toy):
    """Its class is scored 0 whatever it answers, which has no relative change."""

    def score(self, task: str, predict: Predict) -> float:
        return 0.0 if task == "class.sign" else super().score(task, predict)


@pytest.mark.filterwarnings("ignore::relations.errors.ScoreNote")
def test_unknown_edges_are_refused_with_ways_out_that_a_comparison_has(tmp_path: Path) -> None:
    place = VariantRuns(Flat(), tmp_path / "probe.db", progress=False, tell=lambda _: None)
    with options_named(["absolute", "mask"]), pytest.raises(MaskError) as refused:
        MeasuredMask(place, range(1))()
    said = str(refused.value)
    assert "- sum -> class.sign (scores without a relative change)" in said
    assert "`--absolute class.sign=-0.02`" in said and "`--mask mask.json`" in said
    assert f"`gradsplit mask {tmp_path} --unknown allow --out mask.json`" in said
    assert "failed" not in said and 'unknown="' not in said
