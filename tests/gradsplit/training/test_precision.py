"""Half precision is torch's autocast around forward passes and losses, and nothing else."""

import copy

import torch
from torch import nn

from gradsplit import fit, load_taskset
from gradsplit.training.fit import Training
from gradsplit.training.network import build_network
from gradsplit.training.optimizers import make_optimizer
from gradsplit.training.seeding import seeded

PLANTED = load_taskset("planted", {"steps": 3})
HALF = PLANTED.with_recipe(precision="bfloat16")


def test_a_step_is_that_of_autocast() -> None:
    with seeded(0, "run"):
        network = build_network(HALF.for_seed(0), ("loud", "quiet"), 0)
        run = Training(HALF.for_seed(0), network, 0, make_optimizer)
        run.keep_batches()
        seen = dict(run._losses(("loud", "quiet")))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            theirs = {
                task: HALF.loss(task, network(inputs, task), target)
                for task, (inputs, target) in run.batches.items()
            }
    for task, loss in seen.items():
        assert loss.dtype == torch.float32
        torch.testing.assert_close(loss, theirs[task], rtol=0, atol=0)


def test_weights_and_scores_are_in_full_precision() -> None:
    dtypes: set[torch.dtype] = set()

    class Listening(type(HALF)):
        def trunk(self) -> nn.Module:
            trunk = super().trunk()
            trunk.register_forward_hook(
                lambda module, _, output: None if module.training else dtypes.add(output.dtype)
            )
            return trunk

    taskset = copy.copy(HALF)
    object.__setattr__(taskset, "__class__", Listening)
    fitted = fit(taskset, ("loud", "quiet"), 0)
    assert dtypes == {torch.float32}
    assert {value.dtype for value in fitted.network.parameters()} == {torch.float32}
    assert fitted.losses != fit(PLANTED, ("loud", "quiet"), 0).losses
