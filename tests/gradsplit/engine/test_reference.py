import numpy as np
import pytest
import torch

from gradsplit import check_exact
from gradsplit.engine.reference import reference_gradients
from gradsplit.engine.split import GradSplit
from gradsplit.errors import MaskMismatchError, NotExactError
from tests.gradsplit.engine.split_examples import (
    IDS,
    LOSSES,
    PAPER,
    SPLIT,
    TASKS,
    losses_of,
    small_net,
)


def test_the_reference_is_the_sum_over_allowed_tasks_written_out():
    model, images = small_net()
    split = GradSplit(model, PAPER, SPLIT)
    losses = losses_of(model, images)
    found = reference_gradients(split, losses, dict(model.named_parameters()))
    owner = split.owners.of(10)
    wanted = torch.zeros_like(model.conv.weight)
    for source, task in enumerate(TASKS):
        with split.unmasked():
            (gradient,) = torch.autograd.grad(losses[task], model.conv.weight, retain_graph=True)
        for channel in range(10):
            if PAPER.may_update[source, owner[channel]]:
                wanted[channel] += gradient[channel]
    assert torch.allclose(found["conv.weight"], wanted, rtol=1e-14, atol=0)


def test_check_exact_leaves_the_model_alone():
    model, images = small_net()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    result = check_exact(model, PAPER, images, LOSSES, SPLIT, task_ids=IDS)
    assert result.exact
    assert set(result.errors) == {"task", "backward", "samples"}
    assert "largest relative error" in str(result)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    GradSplit(model, PAPER, SPLIT)


def test_check_exact_finds_losses_that_mix_tasks():
    """A loss over the features of all samples is no loss of one task's samples."""
    model, images = small_net()
    ids = np.array(IDS)

    class Coupled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = model

        def forward(self, images):
            features = self.net.features(images)
            return features - features.mean(0)

    losses = {task: (lambda output: output.square().sum()) for task in TASKS}
    with pytest.raises(NotExactError, match="samples: largest relative error"):
        check_exact(Coupled(), PAPER, images, losses, ["net.conv", "net.block"], task_ids=ids)


def test_check_exact_refuses_unknown_tasks():
    model, images = small_net()
    with pytest.raises(MaskMismatchError, match="has no task 'depth'"):
        check_exact(model, PAPER, images, {"depth": LOSSES["pose"]}, SPLIT)


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="switches of torch 2.9")
def test_check_exact_switches_tf32_off_and_back():
    backends = torch.backends.cuda.matmul, torch.backends.cudnn.conv, torch.backends.cudnn.rnn
    before, during = [backend.fp32_precision for backend in backends], []
    model, images = small_net()

    def loss(output):
        during.append([backend.fp32_precision for backend in backends])
        return LOSSES["pose"](output)

    check_exact(model, PAPER, images, {"pose": loss}, SPLIT)
    assert all(precisions == ["ieee"] * 3 for precisions in during)
    assert [backend.fp32_precision for backend in backends] == before
    assert before != ["ieee"] * 3

    def broken(output):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check_exact(model, PAPER, images, {"pose": broken}, SPLIT)
    assert [backend.fp32_precision for backend in backends] == before
