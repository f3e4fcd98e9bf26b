"""Every layer family: every regime against one backward a task."""

import pytest

from gradsplit import check_exact
from gradsplit.engine.split import GradSplit
from gradsplit.errors import NotExactError
from tests.exactness.exact_case import losses, masks, task_ids
from tests.exactness.exact_layers import LAYERS

# torch's own word on padding an even kernel, once a process.
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

MASKS = ("identity", "random", "paper-like")


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("name", LAYERS)
def test_all_regimes_equal_one_backward_a_task(name, kind):
    case = LAYERS[name]
    model, batch = case.make()
    samples = len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0])
    result = check_exact(
        model,
        masks(case.tasks)[kind],
        batch,
        losses(case.tasks),
        case.modules,
        task_ids=task_ids(samples, case.tasks, mixed_up=kind == "random") if case.mixed else None,
        **case.options,
    )
    assert result.worst < 1e-12


def test_what_is_not_exact_is_refused():
    case = LAYERS["batch-norm-training"]
    model, batch = case.make()
    with pytest.raises(NotExactError, match=r"`1` \(BatchNorm2d\)"):
        check_exact(
            model, masks(3)["identity"], batch, losses(3), case.modules, task_ids=task_ids(6, 3)
        )


def test_forward_values_in_a_mixed_batch_are_those_of_the_plain_model():
    for name, case in LAYERS.items():
        model, batch = case.make()
        if not case.mixed or "dropout" in name or name == "encoder-layer":
            continue
        plain = model(*batch)
        split = GradSplit(model, masks(3)["identity"], case.modules, **case.options)
        with split.samples(task_ids(len(batch[0]), 3)):
            assert model(*batch).equal(plain), name
