"""Joint runs with different loss weights as one vectorised program."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gradsplit.errors import GradSplitError
from gradsplit.training.ensemble import fit_ensemble
from gradsplit.training.methods.loss_weights import LossWeights
from gradsplit.training.methods.method import TaskGradients
from gradsplit.training.methods.multi_head import MultiHead
from gradsplit.training.network import MultiTaskNetwork
from gradsplit.training.taskset import TaskSet
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
        trainers = getattr(train, "trainers", None)
        by_tasks: dict[tuple[str, ...], list[tuple[Run, Mapping[str, float]]]] = {}
        for run in runs:
            trainer = trainers[run.variant] if trainers else train
            method = getattr(trainer, "method", None)
            if method is None and len(run.tasks) > 1 or not isinstance(method, LossWeights | None):
                yield measured(train, run)
                continue
            factors = {} if method is None else method.factors
            by_tasks.setdefault(run.tasks, []).append((run, factors))
            taskset = trainer.taskset
        for tasks, group in by_tasks.items():
            method = OwnWeights(factors=[factors for _, factors in group])
            fitted = fit_ensemble(taskset, [(tasks, run.seed) for run, _ in group], method=method)
            for (run, _), result in zip(group, fitted, strict=True):
                if isinstance(result, GradSplitError):
                    yield Outcome(run, error=str(result))
                else:
                    yield Outcome(run, scores=result.scores)
