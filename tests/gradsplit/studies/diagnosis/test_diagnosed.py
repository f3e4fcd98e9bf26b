"""What is printed and written of diagnoses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.diagnosis.removed_harm import Removed, Row
from gradsplit.studies.diagnosis.cause import Case
from gradsplit.studies.diagnosis.causes.loss_scale import quieter
from gradsplit.studies.diagnosis.causes.stage import own_stages, withheld
from gradsplit.studies.diagnosis.diagnosed import Diagnosed
from gradsplit.studies.diagnosis.diagnosis import Diagnosis, Named, Recommendation
from gradsplit.studies.diagnosis.extra import Extra
from gradsplit.studies.diagnosis.intervention import Edge, Intervention
from relations import ChangeMatrix, GradientMask, RelationGraph
from tests.gradsplit.studies.diagnosis.edges import Given
from tests.pictures import inches

EDGE, BACK = ("a", "b"), ("b", "a")
GRAPH = RelationGraph.from_changes(ChangeMatrix(["b", "c", "a"], [[[0, 0.1, -0.1]] * 3]))


def split(*stages: str, edge: Edge = EDGE) -> Intervention:
    return withheld(Case(edge, Given(), ("early", "middle", "late")), stages)


def diagnosis(followed: Intervention, *, target: float = 0.1, source: float = -0.2) -> Diagnosis:
    row = Row(
        followed.name, followed.cause, Removed(0.9, 0.8, 1.0, "removes", 5), target, source, 1
    )
    best = Recommendation(followed, target, source, Extra(1.0, 1.5, 1.5))
    named = Named(followed.cause)
    return Diagnosis(followed.edge, "harmful", -0.1, {followed: row}, named, "do it.", best)


def diagnoses(folder: Path, *found: Diagnosis, harmless: tuple[Edge, ...] = ()) -> Diagnosed:
    return Diagnosed(GRAPH, harmless, found, folder)


def test_the_mask_is_of_all_edges_for_which_a_split_is_recommended(tmp_path: Path) -> None:
    splits = diagnosis(split("late")), diagnosis(split("middle", "late", edge=BACK))
    found = diagnoses(tmp_path, *splits, diagnosis(quieter(("c", "a"))))
    found.save()
    mask = GradientMask.load(tmp_path / "diagnosis-mask.json")
    assert mask == found.mask
    assert mask.tasks == ("b", "c", "a")
    assert set(mask.blocked()) == {EDGE, BACK}
    assert mask.provenance == {"source": "diagnosis", "modules": ["late", "middle"]}
    assert found.modules == ("late", "middle")


@pytest.mark.parametrize("followed", [own_stages(EDGE, ("late",)), quieter(EDGE)])
def test_no_mask_is_written_for_anything_else(followed: Intervention, tmp_path: Path) -> None:
    found = diagnoses(tmp_path, diagnosis(followed))
    found.save(width=3.3, font_size=7)
    assert {inches(file) for file in tmp_path.glob("*.png")} == {3.3}
    assert found.mask is None
    assert not (tmp_path / "diagnosis-mask.json").exists()


def test_files_hold_what_is_said(tmp_path: Path) -> None:
    found = diagnoses(tmp_path, diagnosis(quieter(EDGE)), diagnosis(quieter(BACK)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found.save(elsewhere)
    text = (elsewhere / "diagnosis.txt").read_text()
    assert text == f"{found.diagnoses[0]}\n\n{found.diagnoses[1]}\n"
    said = json.loads((elsewhere / "diagnosis.json").read_text())
    assert said == json.loads(found.to_json()) == [each.to_dict() for each in found.diagnoses]
    assert (said[0]["recommended"]["source"], said[1]["target"]) == (-0.2, "a")
    assert {path.name for path in elsewhere.glob("*.png")} == {
        "diagnosis-a-b.png",
        "diagnosis-b-a.png",
    }


def test_it_prints_the_relation_then_edges_without_a_loss_then_the_diagnoses(
    tmp_path: Path,
) -> None:
    found = diagnoses(tmp_path, diagnosis(quieter(EDGE)), harmless=(("b", "c"),))
    assert str(found) == (
        f"{GRAPH}\nb -> c: +10.0 % (undecided), no loss to diagnose.\n\n\n{found.diagnoses[0]}"
    )
    assert found.recommended == {EDGE: found.diagnoses[0].recommended}
    assert "there is nothing to diagnose" in diagnoses(tmp_path).text()


def test_the_text_says_gain_cost_and_compute() -> None:
    text = str(diagnosis(quieter(EDGE)))
    assert "what to do: do it." in text
    assert "measured: b +10.0 %, a -20.0 % against the pair as it was (source's loss" in text
    assert "mind: it costs a more than it gives b." in text
    assert "compute: training x1, parameters x1.5, inference x1.5" in text
    assert text.endswith("cost: 1 pair runs a seed")
    assert "mind:" not in str(diagnosis(quieter(EDGE), target=0.2, source=-0.2))


def test_training_apart_is_told_beside_or_as_what_is_recommended() -> None:
    apart = Recommendation(None, 0.1, 0.0, Extra(1.0, 2.0, 1.9))
    beside = replace(diagnosis(quieter(EDGE)), apart=apart)
    assert "\napart: b +10.0 %, a +0.0 % against the pair as it was (each trained alone)" in str(
        beside
    )
    assert beside.to_dict()["apart"]["target"] == 0.1
    alone = replace(beside, recommended=apart)
    assert "measured: b +10.0 %" in str(alone)
    assert "apart:" not in str(alone)
    assert alone.to_dict()["recommended"]["intervention"] is None


@pytest.mark.parametrize(("seeds", "needed"), [((7, 12), "about 12"), ((7, None), "more than 200")])
def test_seeds_to_decide_are_the_most_that_any_line_needs(
    seeds: tuple[int | None, ...], needed: str
) -> None:
    rows = {
        split(name): Row("x", "y", Removed(0.5, 0, 1, "undecided", 3, count), 0.0, 0.0, 2)
        for name, count in zip(("early", "late"), seeds, strict=True)
    }
    found = replace(
        diagnosis(quieter(EDGE)),
        interventions=rows,
        named=Named(None, ("stage",)),
        recommended=None,
    )
    assert f"to decide it: {needed} seeds, 4 pair runs each" in str(found)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    from analysis.diagnosis.diagnosis_file import read_diagnosis

    made = diagnosis(quieter(EDGE))
    diagnoses(tmp_path, made).save()
    (edge,) = read_diagnosis(tmp_path / "diagnosis.json")
    assert (edge.source, edge.target) == EDGE
    assert list(edge.rows) == made.rows
    assert edge.remedy is not None and edge.remedy.intervention == quieter(EDGE).name
