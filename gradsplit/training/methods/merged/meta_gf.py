"""Meta-GF: branches of the tasks, fused by weights that are learned for each connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from gradsplit.training.loop import Training
from gradsplit.training.methods.merged.branch_and_fuse import BranchAndFuse
from gradsplit.training.methods.merged.fusion import Fusion
from gradsplit.training.methods.registry import Cost, register_method


@register_method(
    "meta-gf",
    "a branch for each task, fused by learned weights of connections; again and again",
    group="one network",
    cost=Cost(
        passes="T (T + 1) forward, T (T + 1) backward",
        memory="T + 1 trunks, T weights a connection",
    ),
)
@dataclass(frozen=True)
class MetaGf(BranchAndFuse):
    """Every task trains a branch of the network, and a learned mean of the branches goes on.

    Source: Sun et al., "Meta-GF: Training Dynamic-Depth Neural Networks Harmoniously" (ECCV 2022),
    in the form for several tasks of the authors' code (github.com/SYVAE/MetaGF, SYVAE/DR-MGF). With
    D_k what task k's branch has added to a weight, in connection o, i the trunk becomes
    th + sum_k s(w_k) D_k / (sum_k s(w_k) + 1e-10), s the logistic function; w_k [O, I] (norms and
    biases: [O]) starts at 0, the plain mean, and is trained by the sum of the losses at the
    fused weights. See `BranchAndFuse` for the loop, our choices, and what is equal training.
    What is known of its worth: it was made for networks with several exits and measured there by
    its authors; with several tasks it is the predecessor of `dr-mgf`.
    Cost: that of `BranchAndFuse`, T + 1 passes of all tasks a step, and T numbers a connection.
    """

    name: ClassVar[str] = "meta-gf"

    def fusion(self, run: Training) -> Fusion:
        """See `BranchAndFuse.fusion`."""
        return LogisticFusion(run.network.trunk, run.tasks)


class LogisticFusion(Fusion):
    """w_k, and s(w_k) as weights."""

    least = 1e-10

    def __init__(self, trunk: nn.Module, tasks: Sequence[str]) -> None:
        super().__init__(trunk, tasks)
        self.learned = self.tables(0.0)

    def weights(self) -> list[Tensor]:
        """See `Fusion.weights`."""
        return [table.sigmoid() for table in self.learned]
