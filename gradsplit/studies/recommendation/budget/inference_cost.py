"""What a configuration costs once it is trained, beside one shared network."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

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


@dataclass(frozen=True)
class InferenceCosts:
    """What configurations of a task set cost at inference; each is counted once.

    Attributes:
        taskset: The task set.
        counted: Name -> cost, of those that were asked for.
    """

    taskset: "TaskSet"
    counted: dict[str, InferenceCost] = field(default_factory=dict)

    def of(self, configuration: "Configuration") -> InferenceCost:
        """Count what one input needs; nothing is trained.

        Operations are those of convolutions and matrix products, see
        `gradsplit.training.model_size`. Of a training of one's own nothing is known: each of its
        networks counts 1.

        Raises:
            GradSplitError: The networks cannot be built, such as those of another width, or a
                training of one's own cannot be told of it.
        """
        if configuration.name not in self.counted:
            self.counted[configuration.name] = self._counted(configuration)
        return self.counted[configuration.name]

    def _counted(self, configuration: "Configuration") -> InferenceCost:
        from gradsplit.studies.recommendation.own_training.tasks import OwnTasks

        if isinstance(self.taskset, OwnTasks):
            self.taskset.check(configuration)
            networks = float(len(configuration.networks) or 1)
            return InferenceCost(networks, networks)
        flops, parameters = self._size(configuration)
        plain_flops, plain_parameters = self._plain
        return InferenceCost(flops / max(plain_flops, 1), parameters / plain_parameters)

    @cached_property
    def _plain(self) -> tuple[int, int]:
        from gradsplit.studies.recommendation.configuration import MULTI_HEAD, Configuration

        return self._size(Configuration(MULTI_HEAD, ""))

    def _size(self, configuration: "Configuration") -> tuple[int, int]:
        import torch

        from gradsplit.training.batches import to_device
        from gradsplit.training.model_size import count

        sized = configuration.taskset(self.taskset)
        batches = sized.for_seed(0).batches(sized.task_names[0], 0)
        inputs = to_device(next(batches)[0][:1], torch.device("cpu"))
        counts = [count(network, inputs) for network in configuration.built(self.taskset)]
        return sum(one.flops for one in counts), sum(one.parameters for one in counts)
