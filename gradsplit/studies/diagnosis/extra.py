"""What an intervention costs beside the pair run as it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.studies.diagnosis.interventions import Intervention
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.model_size import Counts, count

if TYPE_CHECKING:
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


def extra(taskset: "TaskSet", edge: tuple[str, str], one: Intervention | None) -> Extra:
    """The extra compute of an intervention on an edge's pair, counted, not timed.

    Counted are convolutions and matrix products, see `gradsplit.training.model_size.count`. In training a task
    goes through the whole network with its own batch, so splitting, loss weights and a stage for
    each task leave the training as it was; what masks take a step is in docs/engine.md.

    Args:
        taskset: Of the edge.
        edge: (source, target).
        one: The intervention; None is training the two tasks apart.
    """
    method, plain = MultiHead(), _counts(taskset, [edge], MultiHead())
    work = _counts(taskset, [edge[:1], edge[1:]], method)
    if one is None:
        return Extra(1.0, work.parameters / plain.parameters, work.flops / plain.flops)
    changed = one.changed(taskset)
    new = _counts(changed, [edge], one.method or method)
    new_work = _counts(changed, [edge[:1], edge[1:]], method)
    return Extra(
        one.steps * new_work.flops / work.flops,
        new.parameters / plain.parameters,
        new.flops / plain.flops,
    )


def _counts(taskset: "TaskSet", runs: Sequence[Sequence[str]], method: "Method") -> Counts:
    """Of the networks of some runs together."""
    found = []
    taskset = taskset.for_seed(0)
    for tasks in runs:
        network = method.network(taskset, tuple(tasks), 0)
        inputs, _ = next(iter(taskset.batches(tasks[0], 0)))
        found.append(count(network, inputs[:1]))
    return Counts(sum(one.parameters for one in found), sum(one.flops for one in found))
