"""`gradsplit.fit` takes what users give, and is the training beneath it."""

import pytest

from gradsplit import GradientMask, LastStage, TaskSetTrainer, fit, fit_ensemble, score
from gradsplit.errors import GradSplitError
from gradsplit.training import ensemble
from gradsplit.training import fit as training
from gradsplit.training.methods.multi_head import MultiHead
from tests.gradsplit.toy_tasks import Toy
from tests.places import TOY_TASKS

TASKS = Toy().task_names


def test_a_name_and_one_task():
    by_name = fit(f"{TOY_TASKS}:toy", "sum", 0)
    assert by_name.scores == training.fit(Toy(), ("sum",), 0).scores


def test_a_mask_by_its_file(tmp_path):
    mask = GradientMask.identity(TASKS)
    mask.save(tmp_path / "mask.json")
    by_object = training.fit(Toy(), TASKS, 0, mask=mask, modules=("last",))
    assert fit(Toy(), TASKS, 0, mask=tmp_path / "mask.json", modules="last").losses == (
        by_object.losses
    )


def test_a_method_by_words():
    by_object = training.fit(Toy(), TASKS, 0, method=MultiHead())
    assert fit(Toy(), TASKS, 0, method="multi-head").losses == by_object.losses


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seed": "a"}, "`seed` must be a whole number"),
        ({"seed": 1.5}, "`seed` must be a whole number"),
        ({"mask": 3}, "`mask` must be a GradientMask or its file"),
        ({"method": LastStage}, r"give LastStage\(\)"),
        ({"method": "multi-haed"}, "Did you mean `multi-head`"),
    ],
)
def test_what_is_refused(given, said):
    with pytest.raises(GradSplitError, match=said):
        fit(Toy(), TASKS, **{"seed": 0, **given})


def test_many_runs_by_names():
    by_name = fit_ensemble(f"{TOY_TASKS}:toy", [("sum", 0), (["sum"], 1)], device="cpu")
    by_object = ensemble.fit_ensemble(Toy(), [(("sum",), 0), (("sum",), 1)])
    assert [vars(run)["scores"] for run in by_name] == [vars(run)["scores"] for run in by_object]
    with pytest.raises(GradSplitError, match="`seed` must be a whole number"):
        fit_ensemble(Toy(), [("sum", "a")])  # type: ignore[list-item]
    with pytest.raises(GradSplitError, match="Did you mean `multi-head`"):
        fit_ensemble(Toy(), [("sum", 0)], method="multi-haed")


def test_a_network_is_scored_on_a_task_set_by_name():
    fitted = fit(Toy(), "sum", 0)
    assert score(fitted.network, f"{TOY_TASKS}:toy") == fitted.scores


def test_a_trainer_of_a_name_is_refused_with_what_to_give():
    with pytest.raises(GradSplitError, match=r"got 'planted'.*load_taskset\(name\)"):
        TaskSetTrainer("planted")  # type: ignore[arg-type]
