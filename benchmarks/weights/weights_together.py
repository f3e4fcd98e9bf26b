"""Joint runs with different loss weights as one vectorised program."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from gradsplit.errors import GradSplitError
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.methods.balancing.loss_weights import LossWeights
from gradsplit.training.methods.method import TaskGradients
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet
from gradsplit.training.trainer import TaskSetTrainer
from relations.executors.measured import measured
from relations.runs import Outcome, Run, Trainer


@dataclass(frozen=True)
class OwnWeights(MultiHead):
    """Multi-head, each run with loss weights of its own."""

    factors: Sequence[Mapping[str, float]] = ()

    def together(
        self,
        network: MultiTaskNetwork,  # noqa: ARG002
        taskset: TaskSet,  # noqa: ARG002
    ) -> Callable[[TaskGradients], None]:
        """See `Method.together`."""

        def act(gradients: TaskGradients) -> None:
            for task, of_task in gradients.items():
                own = torch.tensor([weights.get(task, 1.0) for weights in self.factors])
                for name, gradient in of_task.items():
                    of_task[name] = gradient * own.view(-1, *[1] * (gradient.ndim - 1))

        return act


class Together:
    """Trains all runs with loss weights, and all single-task ones, at once; others one by one."""

    def outcomes(self, train: Trainer, runs: Iterable[Run]) -> Iterator[Outcome]:
        """See `relations.executors.Executor`."""
        by_variant: Mapping[str, Trainer] = getattr(train, "trainers", {})
        groups: dict[tuple[str, ...], list[tuple[Run, TaskSetTrainer]]] = {}
        for run in runs:
            trainer = by_variant.get(run.variant, train)
            if isinstance(trainer, TaskSetTrainer) and isinstance(
                trainer.method, LossWeights | None
            ):
                groups.setdefault(run.tasks, []).append((run, trainer))
            else:
                yield measured(train, run)
        for group in groups.values():
            yield from _at_once(group)


def _at_once(group: Sequence[tuple[Run, TaskSetTrainer]]) -> Iterator[Outcome]:
    methods = [trainer.method for _, trainer in group]
    factors = [method.factors if isinstance(method, LossWeights) else {} for method in methods]
    runs = [(run.tasks, run.seed) for run, _ in group]
    fitted = fit_ensemble(group[0][1].taskset, runs, method=OwnWeights(factors=factors))
    for (run, _), result in zip(group, fitted, strict=True):
        if isinstance(result, GradSplitError):
            yield Outcome(run, error=str(result))
        else:
            yield Outcome(run, scores=result.scores)
