"""What an intervention costs beside the pair run as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.model_size import Counts, count

if TYPE_CHECKING:
    from gradsplit.studies.diagnosis.intervention import Edge, Intervention
    from gradsplit.training.methods.method import Method
    from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class Extra:
    """Factors on what a pair run costs; 1 is as much as before.

    Attributes:
        training: On the multiplications of a whole training.
        parameters: On the network's numbers to learn.
        inference: On the multiplications of one answer to both tasks.
    """

    training: float
    parameters: float
    inference: float

    def __str__(self) -> str:
        return (
            f"training x{self.training:.2g}, parameters x{self.parameters:.2g}, "
            f"inference x{self.inference:.2g}"
        )


def extra(taskset: "TaskSet", edge: "Edge", intervention: "Intervention | None") -> Extra:
    """The extra compute of an intervention on an edge's pair, counted, not timed.

    Counted are convolutions and matrix products, see `gradsplit.training.model_size.count`. In
    training a task goes through the whole network with its own batch, so splitting, loss weights
    and a stage for each task leave the training as it was; what masks take a step is in
    docs/engine.md.

    Args:
        taskset: Of the edge.
        edge: (source, target).
        intervention: What is done; None is training the two tasks apart.
    """
    multi_head, each = MultiHead(), [edge[:1], edge[1:]]
    pair, apart = _counts(taskset, [edge], multi_head), _counts(taskset, each, multi_head)
    if intervention is None:
        return Extra(1.0, apart.parameters / pair.parameters, apart.flops / pair.flops)
    changed = intervention.changed(taskset)
    new_pair = _counts(changed, [edge], intervention.method or multi_head)
    new_apart = _counts(changed, each, multi_head)
    return Extra(
        intervention.steps * new_apart.flops / apart.flops,
        new_pair.parameters / pair.parameters,
        new_pair.flops / pair.flops,
    )


def _counts(taskset: "TaskSet", runs: Sequence[Sequence[str]], method: "Method") -> Counts:
    """Of the networks of some runs together."""
    counts = []
    taskset = taskset.for_seed(0)
    for tasks in runs:
        network = method.network(taskset, tuple(tasks), 0)
        inputs, _ = next(iter(taskset.batches(tasks[0], 0)))
        counts.append(count(network, inputs[:1]))
    return Counts(sum(each.parameters for each in counts), sum(each.flops for each in counts))
