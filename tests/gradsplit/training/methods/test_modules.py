"""The modules that a mask was made for are split where that is asked for."""

from pathlib import Path

import pytest

from gradsplit import train
from gradsplit.errors import ModuleNameError
from gradsplit.studies.comparison.measured_mask import MeasuredMask
from gradsplit.studies.diagnosis.diagnosed_modules import with_diagnosed_modules
from gradsplit.studies.variant_runs import VariantRuns
from gradsplit.tasksets.causes.task_sets import late_stage
from gradsplit.training.methods.masked.gradsplit import MaskedTraining
from gradsplit.training.methods.wanted import build, read_methods
from relations import GradientMask

TASKS = ("source", "target")
CUT = [[True, False], [True, True]]
MADE_FOR = {"modules": ["early", "late"]}


def mask(**provenance: object) -> GradientMask:
    return GradientMask(TASKS, CUT, provenance=provenance)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["gradsplit", "gradsplit-transposed", "gradsplit-identity"])
def test_the_modules_are_the_masks(kind: str) -> None:
    (wanted,) = read_methods((f"{kind}:modules=auto",))
    method = build(wanted, lambda *_: mask(**MADE_FOR))
    assert isinstance(method, MaskedTraining)
    assert method.modules == ("early", "late")
    assert method.settings()["modules"] == ["early", "late"]


def test_a_mask_that_names_none_is_refused_with_what_to_do() -> None:
    with pytest.raises(ModuleNameError, match="Run `gradsplit diagnose TASKSET --out DIR`"):
        MaskedTraining(mask(), ("auto",))
    assert MaskedTraining(mask(), ("late",)).modules == ("late",)
    assert MaskedTraining(mask()).modules is None


def test_a_comparison_takes_them_from_the_diagnosis_in_its_folder(tmp_path: Path) -> None:
    place = VariantRuns(late_stage(), tmp_path / "probe.db", progress=False)
    assert "modules" not in MeasuredMask(place, range(1)).foreseen().provenance
    mask(**MADE_FOR).save(tmp_path / "diagnosis-mask.json")
    for masks in (MeasuredMask(place, range(1)), MeasuredMask(place, range(1), given=mask())):
        assert masks.foreseen().provenance["modules"] == ["early", "late"]


def test_a_mask_that_says_what_it_is_for_keeps_that(tmp_path: Path) -> None:
    mask(**MADE_FOR).save(tmp_path / "diagnosis-mask.json")
    assert with_diagnosed_modules(mask(modules=["late"]), tmp_path).provenance["modules"] == [
        "late"
    ]


def test_a_shared_network_is_trained_with_them(tmp_path: Path) -> None:
    short = late_stage().with_recipe(steps=5)
    kept = [
        train(short, out=tmp_path / name, mask=mask(**made), modules=modules, progress=False)
        for name, made, modules in (
            ("auto", MADE_FOR, "auto"),
            ("named", {}, ("early", "late")),
            ("other", {}, ("late",)),
        )
    ]
    assert kept[0].scores == kept[1].scores != kept[2].scores
