"""The network of a single task, trained beside a run of several."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gradsplit.training.loop import Training
from gradsplit.training.methods.distilled.heard_features import HeardFeatures
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.recent_losses import check_finite
from gradsplit.training.seeding import seeded


class Teacher:
    """The network that a single-task run of the same seed trains, to the last bit.

    Args:
        run: A run of several tasks; it is left as it was.
        task: One of its tasks.
        modules: See `HeardFeatures`.

    Attributes:
        network: Trained, frozen and in evaluation mode.
        examples: Features of a batch.

    Raises:
        DivergedError: A loss or a weight is not finite.
        ModuleNameError: See `HeardFeatures`.

    Cost: a training.
    """

    def __init__(self, run: Training, task: str, modules: Sequence[str] | None) -> None:
        method = MultiHead()
        network = method.network(run.taskset, (task,), run.seed).to(run.device)
        self._heard = HeardFeatures(network.trunk, modules)
        alone = Training(run.taskset, network, run.seed, method.optimizer)
        with seeded(run.seed, "training"), self._heard:
            method.train(alone)
            self.examples = [one.detach() for one in self._heard.take()]
        alone.end_batches()
        alone.losses()  # refuses those that are not finite
        check_finite(network)
        self.network = network.eval().requires_grad_(False)

    @torch.no_grad()
    def features(self, inputs: Tensor) -> list[Tensor]:
        """The features of a batch [N, ...]."""
        with self._heard:
            self.network.trunk(inputs)
            return self._heard.take()
