"""What a task set is: tasks, their data, and how a network for any subset of them is built.

A task set is everything the reference training (`gradsplit.training.fit`), the probe's trainer and
the comparison need, and nothing about which subset is trained or with what mask.
"""

import copy
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.training.data_check import DataCheck
from gradsplit.training.fingerprint import code_of, modernised
from gradsplit.training.options_in import options_in
from gradsplit.training.recipe import Recipe
from gradsplit.training.recipe_rules import recipe_problems, schedule_problems
from relations.change_kinds import ChangeKind
from relations.tasks import Task, measured, names

Predict = Callable[[Tensor], Any]
"""inputs [N, ...] -> the task's head's output for them, without gradient, in evaluation mode."""


class TaskSet(ABC):
    """Tasks, their data, and how a network for any subset of them is built and judged.

    A network is one trunk and one head a task: `head(trunk(inputs))`. The trunk may return any
    structure of tensors that the heads take. Subclasses state `name`, `tasks`, `split_modules` and
    `recipe` as attributes (a frozen dataclass may make some of them options) and implement the five
    methods. `docs/your-own-tasks.md` walks through one of about 60 lines.

    Attributes:
        name: Short name for titles and the ledger.
        tasks: The tasks, in the order of every matrix.
        split_modules: Names of the trunk's modules that GradSplit divides by default, as in
            `trunk.named_modules()`, e.g. ("layer4",).
        recipe: How networks of this task set are trained.
        revision: Of task sets that come with gradsplit, the number of changes of what they train;
            it stands for their code in the fingerprint of their runs. Own ones leave it out.
        judged_on_test: Scores are taken on test data that nothing may be chosen on, so that no mask
            is measured and no loss weight searched with them.
        change_kinds: How changes of tasks are measured where that is not as `tasks` say; see
            `with_kinds`.
        unwatched: Attributes that `settings` state, or that change no run: no part of the code.
    """

    name: str
    tasks: tuple[Task, ...]
    split_modules: tuple[str, ...] = ()
    recipe: Recipe = Recipe()
    revision: ClassVar[int | None] = None
    judged_on_test: bool = False
    change_kinds: Mapping[str, ChangeKind] = MappingProxyType({})
    unwatched: ClassVar[frozenset[str]] = frozenset({"name", "recipe", "tasks", "change_kinds"})

    @abstractmethod
    def trunk(self) -> nn.Module:
        """A freshly initialised trunk; draws from torch's global generator."""

    @abstractmethod
    def head(self, task: str) -> nn.Module:
        """A freshly initialised head for one task; draws from torch's global generator."""

    @abstractmethod
    def batches(self, task: str, seed: int) -> Iterator[tuple[Tensor, Any]]:
        """Endless training batches of one task, the same for the same seed.

        Yields:
            inputs [batch_size, ...] and the target: a tensor, or a tuple or dict of tensors.
        """

    @abstractmethod
    def loss(self, task: str, output: Any, target: Any) -> Tensor:
        """Mean loss of one batch, a scalar tensor."""

    @abstractmethod
    def score(self, task: str, predict: Predict) -> float:
        """The task's metric on held-out data.

        A metric that knows more gives a `gradsplit.ScoreWithSide`: the judged score, with others by
        name that are kept and shown beside it and that nothing is judged by.
        """

    def outputs(self, task: str) -> tuple[str, ...] | None:  # noqa: ARG002 - for who overrides it
        """The names of a head's outputs, so that networks of other task sets can be scored here.

        A network of another task set is scored by what both name, see `score_outputs`.

        Returns:
            A name an output, in the order of the second dimension of what the head gives; () where
            outputs mean nothing by themselves, such as an embedding that is only compared with
            others; None, the default, where they have no names.
        """
        return None

    def score_outputs(self, task: str, predict: Predict, outputs: Sequence[str]) -> float:
        """The task's metric on some of its outputs alone, for a network that has no others.

        Args:
            task: Whose metric.
            predict: As in `score`; gives these outputs, in this order.
            outputs: Some of `self.outputs(task)`, in the same order.

        Raises:
            TaskSetError: It cannot be scored on some of its outputs.
        """
        names = self.outputs(task)
        if tuple(outputs) != (names or ()):
            raise TaskSetError(
                f"`{task}` cannot be scored on {len(outputs)} of its {len(names or ())} outputs: "
                f"`{type(self).__name__}` defines no `score_outputs(task, predict, outputs)`."
            )
        return self.score(task, predict)

    def for_seed(self, seed: int) -> "TaskSet":  # noqa: ARG002 - for task sets that override it
        """The task set as the runs of one seed see it; itself by default.

        A task set overrides this when it draws its data anew for every seed, e.g. another split
        into training and test, so that the uncertainty of a change includes the choice of the
        data. All runs of a seed see the same. `batches` and `score` of what it returns are used;
        `settings` is asked of the original and must not depend on a seed.

        Args:
            seed: The run's seed.
        """
        return self

    @property
    def draws_data_by_seed(self) -> bool:
        """Whether every seed has data of its own, so that fresh seeds are fresh data.

        True where `for_seed` is overridden.
        """
        return type(self).for_seed is not TaskSet.for_seed

    def labelled_as(
        self,
        task: str,
        source: str,
        seed: int,  # noqa: ARG002 - for task sets that override it
    ) -> Iterator[tuple[Tensor, Any]]:
        """Endless batches of a source's inputs with another task's labels, where there are some.

        So that a diagnosis can tell a source's data from its objective. A task set overrides this
        when it knows such labels, e.g. because its data are drawn; the default knows none.

        Args:
            task: Whose labels.
            source: Whose inputs.
            seed: The run's seed.

        Yields:
            As `batches` does for `task`.

        Raises:
            TaskSetError: There are no such labels.
        """
        raise TaskSetError(
            f"The inputs of `{source}` have no labels of `{task}`: `{type(self).__name__}` defines "
            "no `labelled_as(task, source, seed)`."
        )

    def data_check(self) -> DataCheck | None:
        """Its files, to be looked into by `gradsplit check`; None of a task set without files.

        The default has none. What is given is one function that looks at one thing, such as a
        picture with its labels, and the things: see `gradsplit.DataCheck`.
        """
        return None

    def settings(self) -> dict[str, Any]:
        """Everything of the task set that changes a score, as JSON values.

        The default takes the name, the recipe, the options (fields of a dataclass) and what names
        the code: see `gradsplit.training.fingerprint`. The tasks are left out: adding a task does
        not change the runs of the others.
        """
        return {
            "task set": self.name,
            "recipe": self.recipe.settings(),
            "options": options_in(self),
            **code_of(self),
        }

    def modernised(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """What `settings` gave in an earlier release, as it gives it now, for the same training."""
        return modernised(settings, self)

    def with_recipe(self, **changes: Any) -> Self:
        """A copy that is trained with another recipe, e.g. `with_recipe(steps=50)`.

        Raises:
            TaskSetError: A name is not a field of `Recipe`, or a value is not possible.
        """
        known = {item.name for item in dataclasses.fields(Recipe)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise TaskSetError(
                f"A recipe has no {', '.join(map(repr, unknown))}; "
                f"it has {', '.join(sorted(known))}."
            )
        problems = recipe_problems(changes, self.task_names)
        recipe = self.recipe if problems else dataclasses.replace(self.recipe, **changes)
        problems += schedule_problems(recipe.schedule, recipe.milestones)
        if problems:
            raise TaskSetError(all_problems(f"The recipe of `{self.name}`", problems))
        changed = copy.copy(self)
        # object.__setattr__: task sets may be frozen dataclasses.
        object.__setattr__(changed, "recipe", recipe)
        return changed

    def with_kinds(
        self,
        absolute: Mapping[str, float] | None = None,
        standardised: Mapping[str, float] | None = None,
    ) -> Self:
        """A copy whose relations measure some tasks otherwise; no training is another one by that.

        Args:
            absolute: Task -> threshold of tasks whose change is measured in the metric's own unit,
                such as {"r2": -0.02}; for metrics that cross zero.
            standardised: Task -> threshold of tasks whose change is measured in standard deviations
                of the single-task score over seeds, such as {"nll": -1}.

        Raises:
            TaskError: There is no such task, or a threshold is not possible.
        """
        if not absolute and not standardised:
            return self
        changed = copy.copy(self)
        tasks = measured(self.measured_tasks, absolute, standardised)
        # object.__setattr__: task sets may be frozen dataclasses.
        object.__setattr__(changed, "change_kinds", {task.name: task.kind for task in tasks})
        return changed

    @property
    def measured_tasks(self) -> tuple[Task, ...]:
        """The tasks, with how their changes are measured."""
        kinds = {task.name: self.change_kinds.get(task.name, task.kind) for task in self.tasks}
        return tuple(
            dataclasses.replace(
                task, change=kinds[task.name].name, threshold=kinds[task.name].threshold
            )
            for task in self.tasks
        )

    def on_test(self) -> "TaskSet | None":
        """The same scored on test data, on which nothing is chosen; None where there are no others.

        Of task sets whose scores are of validation data: what was chosen by these can then be
        judged. The default has one kind of held-out data.
        """
        return None

    def with_width(self, factor: float) -> Self:
        """A copy whose trunk is wider or narrower, its heads to fit; nothing else is changed.

        So that a diagnosis can tell a narrow trunk from a conflict. The default changes the
        dataclass field `widths`, channels of each stage, to whole multiples of 4, at least 4; other
        task sets override this.

        Args:
            factor: On the number of channels of every stage, above 0.

        Raises:
            TaskSetError: The trunk's width cannot be changed.
        """
        options = options_in(self)
        if "widths" not in options:
            raise TaskSetError(
                f"The trunk of `{self.name}` has no width to change: `{type(self).__name__}` "
                "defines no `with_width(factor)` and has no option `widths`."
            )
        changed = copy.copy(self)
        widths = tuple(max(4, 4 * round(width * factor / 4)) for width in options["widths"])
        object.__setattr__(changed, "widths", widths)
        return changed

    @property
    def task_names(self) -> tuple[str, ...]:
        """The tasks' names, in order."""
        return names(self.tasks)


def keeping_recipe(original: TaskSet, changed: TaskSet) -> TaskSet:
    """A copy of a task set, with the original's recipe again where making it lost that.

    `dataclasses.replace`, with which own task sets like to write `with_width` and `for_seed`,
    builds a task set anew and forgets what `with_recipe` set on a class without a field `recipe`.
    """
    if changed.recipe == original.recipe:
        return changed
    return changed.with_recipe(**vars(original.recipe))
