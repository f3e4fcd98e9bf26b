"""What may be recommended: a way of sharing that can be trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_runs import variant_of
from relations.runs import Run

if TYPE_CHECKING:
    from gradsplit.studies.variant_runs import RunPlace
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Trainer

MULTI_HEAD = "multi-head"
"""The simplest configuration: one network, the sum of the losses."""


@dataclass(frozen=True)
class Configuration:
    """One way of sharing: a method on one network, or several networks.

    Attributes:
        name: In tables.
        what: What it is, for people: the rest of a sentence that begins with "train".
        method: How the network is trained; plainly when None.
        words: The method as `gradsplit train --method` takes it, files relative to the
            recommendation's folder; "" for a plain network.
        networks: The tasks of each network, where there are several; the method trains each.
        serves: Task -> which of these networks it is answered by.
        steps: Factor on the recipe's steps.
        width: Factor on the trunk's width.
    """

    name: str
    what: str
    method: "Method | None" = None
    words: str = ""
    networks: tuple[tuple[str, ...], ...] = ()
    serves: Mapping[str, int] = field(default_factory=dict)
    steps: int = 1
    width: float = 1.0

    def of_networks(self, joint: str) -> list[str]:
        """Each of several networks in words: the tasks it answers, and who is trained along.

        A task may be trained in two networks and is answered by one; in the other it helps.

        Args:
            joint: Between the tasks that a network answers.
        """
        serves = self.serves or {
            task: at for at, group in reversed([*enumerate(self.networks)]) for task in group
        }
        found = []
        for at, group in enumerate(self.networks):
            answered = [task for task in group if serves[task] == at]
            helpers = ", ".join(task for task in group if serves[task] != at)
            beside = f" (beside {helpers}, whose output is not used)" if helpers else ""
            alone = " alone" if len(group) == 1 else ""
            found.append(f"{joint.join(answered)}{alone}{beside}")
        return found

    @property
    def with_helpers(self) -> dict[int, str]:
        """Networks that train a task which another one answers, by place -> in words."""
        said = self.of_networks(", ")
        return {
            at: said[at]
            for at, group in enumerate(self.networks)
            if any(self.serves.get(task, at) != at for task in group)
        }

    @property
    def untold(self) -> str:
        """The method's words where the name does not hold them, as of weights from a search."""
        return "" if self.words in self.name else self.words

    @property
    def trainings(self) -> int:
        """Runs that a seed takes besides those of every task alone."""
        return sum(len(group) > 1 for group in self.networks) if self.networks else 1

    @property
    def is_balancing(self) -> bool:
        """Whether it is a method that goes on top of others, by its name alone."""
        from gradsplit.training.methods.on_top import OnTop

        return isinstance(self.method, OnTop) and ":" not in self.words and self.width == 1

    def taskset(self, original: "TaskSet") -> "TaskSet":
        """The task set as it is trained here.

        Raises:
            TaskSetError: It has no other widths.
        """
        from gradsplit.training.taskset import keeping_recipe

        changed = original
        if self.width != 1:
            changed = keeping_recipe(original, original.with_width(self.width))
        if self.steps != 1:
            recipe = original.recipe
            changed = changed.with_recipe(
                steps=self.steps * recipe.steps, warmup=self.steps * recipe.warmup
            )
        return changed

    def trainers(self, place: "RunPlace") -> "dict[str, Trainer]":
        """Variant in the ledger -> what trains it, of `variant`."""
        place = replace(place, taskset=self.taskset(place.taskset))
        return {self.variant: place.trainer(self._method())} if self.variant else {}

    @property
    def variant(self) -> str:
        """Its own runs in the ledger; "" where these are plain joint runs, as a probe's are."""
        if self.networks and self.method is None:
            return ""
        parts = [variant_of(self.words or MULTI_HEAD, self._method())]
        parts += [f"times {self.steps}"] if self.steps != 1 else []
        parts += [f"width {self.width:g}"] if self.width != 1 else []
        return " ".join(parts)

    def runs(self, tasks: Sequence[str], seeds: Sequence[int]) -> list[Run]:
        """All runs on some seeds."""
        members = self.networks or (tuple(tasks),)
        return [self._run(group, seed) for seed in seeds for group in members]

    def server(self, task: str, tasks: Sequence[str], seed: int) -> Run:
        """The run that answers a task."""
        return self._run(self.networks[self.serves[task]] if self.networks else tuple(tasks), seed)

    def built(self, taskset: "TaskSet") -> "list[MultiTaskNetwork]":
        """The networks that are used once trained, as they are before training."""
        from gradsplit.training.network import build_network

        taskset = self.taskset(taskset).for_seed(0)
        if self.networks:
            return [
                build_network(taskset, group, 0)
                if len(group) == 1
                else self._method().network(taskset, group, 0)
                for group in self.networks
            ]
        return [self._method().network(taskset, taskset.task_names, 0)]

    def _run(self, group: tuple[str, ...], seed: int) -> Run:
        # A network of a grouping with one task is that of the probe: no method has a say in it.
        alone = self.networks and len(group) == 1
        return Run(group, seed, "" if alone else self.variant)

    def _method(self) -> "Method":
        from gradsplit.training.methods.multi_head import MultiHead

        return self.method or MultiHead()
