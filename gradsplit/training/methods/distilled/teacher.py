"""The network of a single task, trained beside a run of several."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from gradsplit.training.batches import end, to_device
from gradsplit.training.loop import Training
from gradsplit.training.methods.distilled.heard_features import HeardFeatures
from gradsplit.training.methods.distilled.kept_teacher import read_teacher
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.precision import forward_precision
from gradsplit.training.recent_losses import check_finite
from gradsplit.training.seeding import seeded


class Teacher:
    """The network that a single-task run of the same seed trains, to the last bit.

    Args:
        run: A run of several tasks; it is left as it was.
        task: One of its tasks.
        modules: See `HeardFeatures`.
        kept: Where the networks of single-task runs are kept; None trains it here.

    Attributes:
        network: Trained, frozen and in evaluation mode.
        examples: Features of a batch.

    Raises:
        DivergedError: A loss or a weight is not finite.
        ModuleNameError: See `HeardFeatures`.
        GradSplitError: It is not among the kept, or was trained in another way.

    Cost: a training, or reading a file and one pass.
    """

    def __init__(
        self, run: Training, task: str, modules: Sequence[str] | None, kept: Path | None = None
    ) -> None:
        network = MultiHead().network(run.taskset, (task,), run.seed).to(run.device)
        self._heard = HeardFeatures(network.trunk, modules)
        with seeded(run.seed, "training"), self._heard:
            if (kept is not None and read_teacher(kept, run, task, network)) or run.rehearsal:
                self._pass(run, task, network)
            else:
                self._train(run, network)
            self.examples = [one.detach() for one in self._heard.take()]
        self.network = network.eval().requires_grad_(False)

    @staticmethod
    def _train(run: Training, network: MultiTaskNetwork) -> None:
        method = MultiHead()
        alone = Training(run.taskset, network, run.seed, method.optimizer)
        method.train(alone)
        alone.end_batches()
        alone.losses()  # refuses those that are not finite
        check_finite(network)

    @staticmethod
    @torch.no_grad()
    def _pass(run: Training, task: str, network: MultiTaskNetwork) -> None:
        """One batch through the trunk, as a step takes it."""
        batches = run.taskset.batches(task, run.seed)
        inputs, _ = next(batches)
        end([batches])
        with forward_precision(run.taskset, run.device):
            network.eval().trunk(to_device(inputs, run.device))

    @torch.no_grad()
    def features(self, inputs: Tensor) -> list[Tensor]:
        """The features of a batch [N, ...]."""
        with self._heard:
            self.network.trunk(inputs)
            return self._heard.take()
