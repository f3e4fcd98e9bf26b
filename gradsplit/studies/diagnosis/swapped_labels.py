"""A source's place taken by the target's own task on the source's data."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from gradsplit.references import SourceFile
from gradsplit.training.taskset import Predict, TaskSet


class SwappedLabels(TaskSet):
    """A task set in which the source has its own inputs and the target's labels, loss and metric.

    A pair run of it keeps the source's data and takes its objective away: what the target still
    loses there is due to the data. Everything else is the task set's own.

    Args:
        taskset: A task set with `labelled_as`.
        source: Whose inputs are used, and whose place in a run is taken.
        target: Whose labels, head, loss and metric are used there.

    Raises:
        TaskSetError: The source's inputs have no labels of the target.
    """

    def __init__(self, taskset: TaskSet, source: str, target: str) -> None:
        next(taskset.labelled_as(target, source, 0))
        self._taskset, self._source, self._target = taskset, source, target
        tasks = {task.name: task for task in taskset.measured_tasks}
        tasks[source] = replace(tasks[target], name=source)
        self.name = taskset.name
        self.tasks = tuple(tasks.values())
        self.split_modules = taskset.split_modules
        self.recipe = taskset.recipe
        self.judged_on_test = taskset.judged_on_test

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the file that defines the task set before the task set, for worker processes."""
        given = self._taskset, self._source, self._target
        return _unpickled, (SourceFile.of(self._taskset), *given)

    def trunk(self) -> nn.Module:
        """See `TaskSet.trunk`."""
        return self._taskset.trunk()

    def head(self, task: str) -> nn.Module:
        """See `TaskSet.head`."""
        return self._taskset.head(self._acts_as(task))

    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """See `TaskSet.batches`."""
        if task == self._source:
            return self._taskset.labelled_as(self._target, self._source, seed)
        return self._taskset.batches(task, seed)

    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """See `TaskSet.loss`."""
        return self._taskset.loss(self._acts_as(task), output, target)

    def score(self, task: str, predict: Predict) -> float:
        """See `TaskSet.score`; the source's place is judged on the target's held-out data."""
        return self._taskset.score(self._acts_as(task), predict)

    def for_seed(self, seed: int) -> TaskSet:
        """See `TaskSet.for_seed`."""
        return SwappedLabels(self._taskset.for_seed(seed), self._source, self._target)

    def settings(self) -> dict[str, Any]:
        """See `TaskSet.settings`."""
        return {
            "task set": self._taskset.settings(),
            "inputs of": self._source,
            "labels of": self._target,
        }

    def modernised(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """See `TaskSet.modernised`."""
        if "task set" not in settings:
            return settings
        return {**settings, "task set": self._taskset.modernised(settings["task set"])}

    def _acts_as(self, task: str) -> str:
        return self._target if task == self._source else task


def _unpickled(source: SourceFile, *given: Any) -> SwappedLabels:  # noqa: ARG001 - has acted
    return SwappedLabels(*given)
