"""What a configuration costs once it is trained, beside one shared network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError
from gradsplit.studies.recommendation.race import SAME_COST

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.training.taskset import TaskSet


@dataclass(frozen=True)
class InferenceCost:
    """Cost of one answer to every task; one plain shared network has 1 of each.

    Attributes:
        operations: Of one input through trunk and heads.
        parameters: To be kept.
    """

    operations: float = 1.0
    parameters: float = 1.0


def inference_cost(taskset: "TaskSet", configuration: "Configuration") -> InferenceCost:
    """Count what one input needs; nothing is trained.

    Operations are those of convolutions and matrix products, see `gradsplit.training.model_size`.
    Of a program of one's own nothing is known: each of its networks counts 1.

    Raises:
        GradSplitError: The networks cannot be built, such as those of another width, or a program
            cannot be told of it.
    """
    from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration
    from gradsplit.studies.recommendation.program.tasks import ProgramTasks

    if isinstance(taskset, ProgramTasks):
        taskset.check(configuration)
        networks = float(len(configuration.networks) or 1)
        return InferenceCost(networks, networks)
    flops, parameters = _counted(taskset, configuration)
    plain_flops, plain_parameters = _counted(taskset, Configuration(MULTI_HEAD, ""))
    return InferenceCost(flops / max(plain_flops, 1), parameters / plain_parameters)


def affordable(
    taskset: "TaskSet", configuration: "Configuration", inference: float
) -> InferenceCost:
    """What a configuration costs at inference, if that is allowed.

    Raises:
        GradSplitError: It costs more than `inference`, or cannot be built.
    """
    cost = inference_cost(taskset, configuration)
    if cost.operations > SAME_COST * inference:
        raise GradSplitError(
            f"takes {cost.operations:.1f} times the operations at inference, above {inference:g}"
        )
    return cost


def _counted(taskset: "TaskSet", configuration: "Configuration") -> tuple[int, int]:
    import torch

    from gradsplit.training.batches import to_device
    from gradsplit.training.model_size import count

    sized = configuration.taskset(taskset)
    batches = sized.for_seed(0).batches(sized.task_names[0], 0)
    inputs = to_device(next(batches)[0][:1], torch.device("cpu"))
    counts = [count(network, inputs) for network in configuration.built(taskset)]
    return sum(one.flops for one in counts), sum(one.parameters for one in counts)
