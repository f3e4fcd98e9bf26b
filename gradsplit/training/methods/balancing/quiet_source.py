"""Multi-head with one task's loss turned down to the loudness of another's."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.loop import Training
from gradsplit.training.methods.method import Method, TaskGradients
from gradsplit.training.methods.registry import Cost, register_method
from gradsplit.training.methods.task_gradients import add_gradients, take_gradients
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.step import Backward, Losses
from gradsplit.training.taskset import TaskSet


@register_method(
    "quiet-source",
    "one task turned down to the loudness of another",
    group="balanced without a search",
    cost=Cost(memory="T gradients"),
)
@dataclass(frozen=True)
class QuietSource(Method):
    """The source's loss is scaled so that its gradient on the trunk is no larger than the target's.

    At every step the source's loss has the factor min(1, r_target / r_source), r the root mean
    square, over all steps so far, of the norm of a task's gradient of the trunk. The mean over the
    training makes this a correction of scale and nothing else. With the norms of the step alone the
    summed gradient would never point against the target's, and every conflict would be resolved in
    its favour, whatever its cause.
    Source: our choice.
    Cost: the trunk's gradient once a task.

    Attributes:
        source: The task whose loss is scaled.
        target: The task it is compared with.
    """

    source: str
    target: str
    name: ClassVar[str] = "quiet-source"
    goes_on: ClassVar[bool] = True
    in_team: ClassVar[bool] = True

    @contextmanager
    def training(self, run: Training) -> Iterator[Backward]:
        """See `Method.training`.

        Raises:
            GradSplitError: The source or the target is not among the run's tasks.
        """
        self._check(run.tasks)
        trained = [one for one in run.network.parameters() if one.requires_grad]
        trunk = {id(one) for one in run.trunk_parameters}
        loudness = _Loudness()
        run.keep(loudness, "_squares")

        def backward(losses: Losses) -> None:
            found = {}
            for task, loss in losses:
                loss.backward()
                found[task] = take_gradients(trained)
            norms = {
                task: _norms(
                    [
                        gradient[None]
                        for one, gradient in zip(trained, gradients, strict=True)
                        if gradient is not None and id(one) in trunk
                    ]
                )
                for task, gradients in found.items()
                if task in (self.source, self.target)
            }
            factor = loudness.factor(norms[self.source], norms[self.target])[0]
            for task, gradients in found.items():
                add_gradients(trained, gradients, factor if task == self.source else None)

        yield backward

    def together(
        self,
        network: MultiTaskNetwork,
        taskset: TaskSet,  # noqa: ARG002
    ) -> Callable[[TaskGradients], None]:
        """See `Method.together`."""
        self._check(network.tasks)
        loudness = _Loudness()

        def act(gradients: TaskGradients) -> None:
            norms = {
                task: _norms([g for name, g in gradients[task].items() if name.startswith("trunk")])
                for task in (self.source, self.target)
            }
            factor = loudness.factor(norms[self.source], norms[self.target])
            for name, gradient in gradients[self.source].items():
                gradients[self.source][name] = gradient * factor.view(
                    -1, *[1] * (gradient.ndim - 1)
                )

        return act

    def _check(self, tasks: Sequence[str]) -> None:
        if self.source == self.target or not {self.source, self.target} <= set(tasks):
            raise GradSplitError(
                f"`{self.source}` is to be turned down to `{self.target}`: they must be two tasks "
                f"of the run, which has {', '.join(tasks)}."
            )


class _Loudness:
    """How loud two tasks were so far, in each of M runs."""

    def __init__(self) -> None:
        self._squares: tuple[Tensor | float, Tensor | float] = (0.0, 0.0)

    def factor(self, source: Tensor, target: Tensor) -> Tensor:
        """The source's factor [M], after a step with gradients of these norms [M]."""
        of_source = self._squares[0] + source.square()
        of_target = self._squares[1] + target.square()
        self._squares = of_source, of_target
        tiny = torch.finfo(of_source.dtype).tiny
        return (of_target / of_source.clamp_min(tiny)).sqrt().clamp(max=1.0)


def _norms(gradients: Sequence[Tensor]) -> Tensor:
    """The norm [M] of all gradients [M, ...] together."""
    return torch.stack([one.flatten(1).square().sum(1) for one in gradients]).sum(0).sqrt()
