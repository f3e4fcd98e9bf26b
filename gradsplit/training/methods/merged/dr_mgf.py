"""DR-MGF: tasks find routes through a network, along which their branches are fused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.merged.branch_and_fuse import BranchAndFuse
from gradsplit.training.methods.merged.fusion import Fusion
from gradsplit.training.methods.merged.running_statistics import RunningStatistics
from gradsplit.training.methods.merged.shared_weights import Kind
from gradsplit.training.methods.registry import Cost, register_method

OWN = 10.0
"""How much a task's own importances count in its route, those of each other task being 1."""
SCALE = 1e-3
"""What the scales of the fusion start at."""


@register_method(
    "dr-mgf",
    "tasks find routes in a branch each, along which the branches are fused; again and again",
    group="one network",
    cost=Cost(
        passes="T (T + 1) forward, T (T + 1) backward",
        memory="T + 1 trunks, 2 T weights a connection",
    ),
)
@dataclass(frozen=True)
class DrMgf(BranchAndFuse):
    """Every task learns which connections matter to it, and counts there when branches are fused.

    Source: Sun et al., "Learning Task-preferred Inference Routes for Gradient De-conflict in
    Multi-output DNNs" (arXiv 2305.19844; TPAMI 10.1109/TPAMI.2025.3635844), as its authors' code
    has it (github.com/SYVAE/DR-MGF). Task k has importances a_k [O, I], at first the
    lengths of the kernels, and scales s_k, at first 0.001. In the first half of the epochs its
    branch looks for a route (equation 7): a kernel is replaced by its direction times r_k,
    r_k = (10 p_k + the other tasks' p_j) / (T + 9), p_j = |a_j| / (0.0001 sum_i |a_j| + 1)^0.75,
    and weights and a are trained together. With q_k = |a_k| |s_k| / sum_i |a_k| and D_k what the
    branch has added, the trunk becomes th + sum_k q_k D_k / (sum_k q_k + 1e-20); for shifts of
    norms q_k = |s_k|, and biases of connections take the plain mean. The sum of the losses at the
    fused weights trains s_k and nothing else. After the first half a_k rest, and s_k are averaged
    from epoch to epoch. Running means and variances are merged as those of the branches' data
    together.
    Our choices: routes go through convolutions and linear layers. A kernel of one number, which
    the authors' network does not share, has no direction but its sign, and keeps that as long as
    routes are looked for. a_k is trained by the recipe's optimizer, without weight decay. For the
    loop and what is equal training see `BranchAndFuse`.
    What is known of its worth: for the seven exits of MSDNet on CIFAR-100 a third party quotes 67.8
    to 77.0 per cent of its authors' against 64.1 to 76.8 of Nash-MTL, both after equally many
    epochs, of which one of DR-MGF takes T + 1 times the passes.
    Cost: that of `BranchAndFuse`, T + 1 passes of all tasks a step, and 2 T numbers a
    connection.

    Attributes:
        routes: Share of the epochs, from the first on, in which tasks look for routes.
    """

    routes: float = 0.5
    name: ClassVar[str] = "dr-mgf"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.routes <= 1:
            raise GradSplitError(
                f"dr-mgf needs routes from 0 to 1, a share of the epochs, got {self.routes}."
            )

    def fusion(self, run: Training) -> Fusion:
        """See `BranchAndFuse.fusion`."""
        fusion = RoutedFusion(run.network.trunk, run.tasks)
        run.own_rate([importance for _, importance in fusion.routes], weight_decay=0.0)
        return fusion

    def finds_routes(self, epoch: int, epochs: int) -> bool:
        """See `BranchAndFuse.finds_routes`."""
        return epoch < round(self.routes * epochs)


class RoutedFusion(Fusion):
    """Importances a_k, scales s_k, and the weights of branches that follow from them.

    Attributes:
        importances: a_k of all tasks [T, O, I] or [T, O], for each of `shared`.
        routes: Those that routes go through, with their importances.
    """

    least = 1e-20

    def __init__(self, trunk: nn.Module, tasks: Sequence[str]) -> None:
        super().__init__(trunk, tasks)
        self.learned = self.tables(SCALE)
        self.importances = self.tables(1.0)
        pairs = list(zip(self.shared, self.importances, strict=True))
        self.routes = [pair for pair in pairs if pair[0].routed]
        self._statistics = RunningStatistics(trunk)
        with torch.no_grad():
            for one, importance in pairs:
                if one.kind == "connections":
                    importance.copy_(_kernels(one.parameter).norm(dim=2))

    def weights(self) -> list[Tensor]:
        """See `Fusion.weights`."""
        return [
            fusion_weight(one.kind, importance, scale)
            for one, importance, scale in zip(
                self.shared, self.importances, self.learned, strict=True
            )
        ]

    def seen(self, task: str) -> Mapping[str, Tensor]:
        """See `Fusion.seen`."""
        if not self.routing:
            return {}
        place = self.tasks.index(task)
        return {one.name: route(one.parameter, found, place) for one, found in self.routes}

    def branch_ended(self) -> None:
        """See `Fusion.branch_ended`."""
        self._statistics.note()

    def all_branches_ended(self) -> None:
        """See `Fusion.all_branches_ended`."""
        self._statistics.merge()


def route(weight: Tensor, importances: Tensor, place: int) -> Tensor:
    """A weight along the route of one task: its kernels' directions, at the route's lengths.

    Args:
        weight: [O, I, ...].
        importances: Of all tasks [T, O, I].
        place: Of the task.

    Example:
        >>> importances = torch.tensor([[[1.0]], [[12.0]]])
        >>> routed = route(torch.tensor([[-5.0]]), importances, 0)
        >>> round(routed.item(), 2)  # -(10 x 1 + 12) / 11, but for what damps large sums
        -2.0
    """
    sizes = importances.abs()
    sizes = sizes / (1e-4 * sizes.sum(2, keepdim=True) + 1).pow(0.75)
    counts = sizes.new_ones(len(sizes), 1, 1)
    counts[place] = OWN
    lengths = (counts * sizes).sum(0) / counts.sum()
    return (normalize(_kernels(weight), dim=2) * lengths.unsqueeze(2)).view_as(weight)


def fusion_weight(kind: Kind, importance: Tensor, scale: Tensor) -> Tensor:
    """How much each branch counts, from its importances and scales [T, O, I] or [T, O].

    Importances count by their share of the sum over inputs, a norm's over its channels.
    """
    if kind == "bias":
        return torch.ones_like(scale)
    if kind == "shift":
        return scale.abs()
    importance = importance.abs()
    return importance / (importance.sum(-1, keepdim=True) + 1e-10) * scale.abs()


def _kernels(weight: Tensor) -> Tensor:
    """A weight [O, I, ...] as kernels [O, I, N]."""
    return weight.reshape(*weight.shape[:2], -1)
