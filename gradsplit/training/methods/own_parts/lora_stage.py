"""A last stage for each task as low-rank changes of a shared one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from gradsplit.errors import GradSplitError
from gradsplit.training.methods.modules import split_modules
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.low_rank import LowRankNetwork
from gradsplit.training.methods.own_parts.per_task import module_named
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork, build_network
from gradsplit.training.taskset import TaskSet


@register_method(
    "lora-stage",
    "a last stage for each task, as low-rank changes of a shared one",
    group="own parts for each task",
    cost=Cost(parameters="one network, T low-rank changes"),
)
@dataclass(frozen=True)
class LoraStage(PlainSum):
    """Every task t has the last stage's weights W as W + B_t A_t, with B_t A_t of a low rank.

    The cheap form of `last-stage` for wide layers, made for transformers: a layer of O x I weights
    costs rank (O + I) parameters a task instead of O I. B_t is zero at first, so training begins as
    multi-head does. All tasks train W; with `freeze`, none does, nor the biases and norms of these
    modules, and no loss updates another task's last stage. That needs a pretrained trunk.
    Changed are all weights of linear layers, convolutions (as matrices [O, I/groups x kernel]) and
    torch's attention in the modules, each by its own delta. `network.for_use(task)` is a copy with
    the changes added to the weights, an ordinary trunk as fast as it was without.

    Sources: the low-rank change is that of Hu et al., "LoRA: Low-Rank Adaptation of Large Language
    Models", ICLR 2022, eq. 3, without its factor alpha / rank; one a task beside shared weights is
    the idea of MTLoRA (Agiza et al., CVPR 2024), which has shared changes besides and takes frozen
    pretrained transformers. Which layers, and W that is trained, are our choice. A row to compare
    with: nothing is known of it on small networks that are trained from nothing.

    Cost: a step computes W + B_t A_t once a task and layer, rank O I multiplications.

    Attributes:
        rank: Of the changes, 1 or more. A weight that is smaller has changes of its own full rank;
            from rank (O + I) = O I on, `last-stage` has fewer parameters.
        modules: Names of the trunk's modules; the task set's own where None.
        freeze: Leave what the tasks share in these modules as it was at first.
    """

    rank: int = 8
    modules: tuple[str, ...] | None = None
    freeze: bool = False
    name: ClassVar[str] = "lora-stage"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise GradSplitError(f"`rank` must be a whole number of at least 1, got {self.rank}.")

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`.

        Raises:
            ModuleNameError: There is nothing to change.
        """
        shared = build_network(taskset, tasks, seed)
        modules = split_modules(taskset, self.modules)
        if self.freeze:
            for name in modules:
                module_named(shared.trunk, name).requires_grad_(False)
        return LowRankNetwork(shared, modules, self.rank, seed)
