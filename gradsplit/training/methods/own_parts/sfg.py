"""Filters that learn whether they are shared or one task's own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from gradsplit.errors import GradSplitError, ModuleNameError
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method
from gradsplit.training.methods.modules import split_modules
from gradsplit.training.methods.own_parts.filter_owners import OwnedFilters
from gradsplit.training.methods.own_parts.per_task import TaskPartsNetwork
from gradsplit.training.methods.own_parts.task_weights import weight_matrices
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.step import Backward, Losses
from gradsplit.training.taskset import TaskSet


@register_method(
    "sfg",
    "filters that learn whether they are shared or one task's (after SFG)",
    group="own parts for each task",
    cost=Cost(parameters="one network"),
)
@dataclass(frozen=True)
class StochasticFilterGroups(Method):
    """Which task owns a filter of the split modules, or all do, is learned with the filters.

    GradSplit divides filters by a rule and blocks gradients; here every filter has a distribution
    over T + 1 owners, "shared" and each task, and a task's pass has the shared filters and its own,
    as drawn anew in each step (Gumbel-softmax, cooled from `hottest` to `coldest`). In use the most
    likely owner has it. A loss trains what its pass has, and the distributions, which a loss moves
    towards what serves it. With one task it is single-task training.

    After Bragman et al., "Stochastic Filter Groups for Multi-Task CNNs", ICCV 2019. Its authors'
    code was not found and its text not at hand; from descriptions of it are: a categorical
    distribution a filter over shared and each task, Gumbel-softmax from temperature 1 to 0.1. Not
    verified, and ours: uniform at first; draws once a pass; no prior on the distributions (theirs
    has a KL term); the choice is made on what a layer gives, before a norm behind it; a shared
    filter sees all that is in the pass, where theirs sees shared filters alone. So this row is not
    a reproduction. The paper of GradSplit reports -17.0 for SFG on its measure on four human image
    analysis tasks, where multi-head has -3.3. The projections of torch's own attention stay shared.
    Cost: a step is multi-head's and a draw for each filter.

    Attributes:
        hottest: Temperature of the first step, above 0.
        coldest: Of the last one; geometric in between.
        rate: Learning rate of the distributions' logits, times the network's.
        modules: Names of the trunk's modules; the task set's own where None.
    """

    hottest: float = 1.0
    coldest: float = 0.1
    rate: float = 10.0
    modules: tuple[str, ...] | None = None
    name: ClassVar[str] = "sfg"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 < self.coldest <= self.hottest < float("inf"):
            raise GradSplitError(
                "`coldest` must be above 0 and `hottest` no less, got "
                f"{self.coldest:g} and {self.hottest:g}."
            )
        if not 0 < self.rate < float("inf"):
            raise GradSplitError(f"`rate` must be above 0, got {self.rate:g}.")

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            ModuleNameError: There is no such module, or no linear layer or convolution in it.
        """
        network = build_network(taskset, tasks, seed)
        modules = split_modules(taskset, self.modules)
        layers = {
            name: layer
            for name, layer, _ in weight_matrices(network.trunk, modules)
            if isinstance(layer, nn.Linear | nn.modules.conv._ConvNd)
            and not isinstance(layer, nn.modules.linear.NonDynamicallyQuantizableLinear)
        }
        if not layers:
            raise ModuleNameError(
                f"There is no linear layer and no convolution in {', '.join(modules)}, so there "
                "are no filters that could have owners. Give `modules=`."
            )
        for name, layer in layers.items():
            network.trunk.set_submodule(name, OwnedFilters(layer, tasks))
        return TaskPartsNetwork(network, list(layers))

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`."""
        owned = [one for one in run.network.trunk.modules() if isinstance(one, OwnedFilters)]
        run.own_rate((one.logits for one in owned), self.rate, weight_decay=0.0)

        def backward(losses: Losses) -> None:
            done = run.done / max(1, run.steps - 1)
            for one in owned:
                one.heat = self.hottest * (self.coldest / self.hottest) ** done
            for _, loss in losses:
                loss.backward()

        yield backward
