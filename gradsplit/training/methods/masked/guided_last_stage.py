"""Own last stages that other tasks train as well, where the relations allow it."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Literal, get_args

import numpy as np
from torch import Tensor, nn

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.masked.gradsplit import select_mask
from gradsplit.training.methods.modules import of_mask
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.own_parts.last_stage import LastStage
from gradsplit.training.methods.own_parts.per_task import TaskPartsNetwork
from gradsplit.training.methods.own_parts.shared_outputs import SharedOutputs
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Backward, Batch
from gradsplit.training.taskset import TaskSet
from relations.mask import GradientMask

Edges = Literal["allowed", "positive", "helpful"]
_NEEDED: Mapping[str, str] = {"positive": "change", "helpful": "lower"}
"""What of an edge's evidence must be above 0."""


@register_method(
    "guided-last-stage",
    "a last stage for each task, which the tasks that the mask allows train as well",
    group="needs relations",
    cost=Cost(
        passes="T forward, T backward, a last stage more for each edge",
        memory="a last stage's activations for each target of a task",
        parameters="one network, T last stages",
    ),
)
@dataclass(frozen=True)
class GuidedLastStage(PlainSum):
    """Every task has a last stage of its own, which the data of the tasks that help it train too.

    As in `last-stage`, each task has its own copy of the split modules. For every edge source ->
    target that the relations allow, the source's batch also goes through the target's stage, to a
    head of its own for this edge, and its loss there trains that stage, that head and the shared
    trunk. These heads start as copies of the source's and are dropped after training: what is left
    is the network of `last-stage`. It makes GradSplit's statement, who may train whose late
    parameters, with room for everybody: beside GradSplit and `last-stage` it tells whether a gain
    is the mask's or the room's.

    Source: "Self-Auxiliary Asymmetric Learning" (arXiv 2410.15875): the self-auxiliary clones of
    its authors' code, L = sum_t w_t L_t + sum_(s -> t) w_st L_s(clone), for the edges of a
    relation. In their tables such clones did best with learned weights, on three sets of images and
    beside untuned methods.
    Our choices: which edges; and w_st = weight / (number of the target's sources), times what
    the source's loss counts anyway, so that a stage's gradient does not grow with the number of
    tasks. There they are 1, or learned. What balances by the losses' values sees a task's loss with
    its clones in it. A blocked source has no way to the target's stage: it gets no gradient at all.
    Cost: for every edge one more pass through the last stage. What comes before it is computed once
    a batch, unless something changes its output in place. One task alone, or no edges, is
    `last-stage`.

    Attributes:
        mask: Which source may train which target's stage. It may know more tasks than a run has.
        modules: Names of the trunk's modules; the task set's own where None, and those that the
            mask was made for where ("auto",).
        edges: "allowed": all that the mask allows. "positive": of these the ones whose measured
            change is above 0; "helpful": those whose whole interval is.
        weight: What all sources of a target count together, beside 1 for the target itself.

    Raises:
        GradSplitError: An option is out of range, or the mask does not hold what was measured.
        ModuleNameError: The mask does not say which modules it was made for.
    """

    mask: GradientMask
    modules: tuple[str, ...] | None = None
    edges: Edges = "allowed"
    weight: float = 1.0
    name: ClassVar[str] = "guided-last-stage"
    goes_on: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.edges not in get_args(Edges):
            choices = ", ".join(map(repr, get_args(Edges)))
            raise GradSplitError(f"`edges` must be one of {choices}, got {self.edges!r}.")
        if not (self.weight > 0 and np.isfinite(self.weight)):
            raise GradSplitError(
                f"`weight` must be above 0, got {self.weight}. Without clones it is `last-stage`."
            )
        if self.edges != "allowed" and self.mask.evidence is None:
            raise GradSplitError(
                f"`edges={self.edges}` needs the changes that were measured, and this mask does "
                "not hold them: it was written by hand, or made from an estimate. Use "
                "edges=allowed, or the mask of a probe (`gradsplit mask DIR --out mask.json`)."
            )
        # Read from the mask once, so that they are what the ledger knows a run by.
        object.__setattr__(self, "modules", of_mask(self.modules, self.mask))

    def network(self, taskset: TaskSet, tasks: Sequence[str], seed: int) -> MultiTaskNetwork:
        """See `Method.network`: that of `last-stage`.

        Raises:
            ModuleNameError: There is nothing to copy.
        """
        return LastStage(self.modules).network(taskset, tasks, seed)

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            MaskMismatchError: The mask lacks tasks of the run.
        """
        assert isinstance(run.network, TaskPartsNetwork)
        weights = self.weights(run.tasks)
        clones = {edge: copy.deepcopy(run.network.head(edge[0])) for edge in weights}
        if clones:
            run.own_rate([one for clone in clones.values() for one in _trained(clone)])
        run.keep(SimpleNamespace(clones=nn.ModuleList(clones.values())), "clones")
        shared = SharedOutputs(run.network)

        def of_clones(task: str, batch: Batch) -> Tensor | None:
            inputs, labels = batch
            losses = []
            for (source, target), weight in weights.items():
                if source == task:
                    output = clones[source, target](shared.again(inputs, target))
                    losses.append(weight * run.taskset.loss(task, output, labels))
            shared.forget()
            return sum(losses[1:], start=losses[0]) if losses else None

        run.add_to_losses(of_clones)
        with shared.listening(), super().training(run) as backward:
            yield backward

    def weights(self, tasks: tuple[str, ...]) -> dict[tuple[str, str], float]:
        """The edges (source, target) among some tasks -> what the source's clone counts.

        Raises:
            MaskMismatchError: The mask lacks some of the tasks.
        """
        guides = _guides(select_mask(self.mask, tasks), self.edges)
        count = guides.sum(axis=0)
        return {
            (tasks[source], tasks[target]): self.weight / int(count[target])
            for source, target in np.argwhere(guides)
        }

    def settings(self) -> dict[str, Any]:
        """See `Method.settings`; which edges the evidence leaves is a part of it."""
        if self.edges == "allowed":
            return super().settings()
        guides = np.argwhere(_guides(self.mask, self.edges)).tolist()
        return super().settings() | {"guides": guides}


def _guides(mask: GradientMask, edges: Edges) -> np.ndarray:
    """Which source [row] trains which target's stage [column], booleans [T, T]."""
    guides = mask.may_update & ~np.eye(len(mask.tasks), dtype=bool)
    if edges != "allowed":
        assert mask.evidence is not None
        cells = np.array(mask.evidence[_NEEDED[edges]], dtype=float)  # None becomes nan
        guides &= cells > 0
    return guides


def _trained(clone: nn.Module) -> list[nn.Parameter]:
    return [one for one in clone.parameters() if one.requires_grad]
