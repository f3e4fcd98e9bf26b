"""Tasks that harm each other never train in the same step."""

from dataclasses import dataclass
from typing import ClassVar

import networkx as nx

from gradsplit.training.loop import Training
from gradsplit.training.methods.masked.gradsplit import select_mask
from gradsplit.training.methods.multi_head import PlainSum
from gradsplit.training.methods.registry import Cost, register_method
from relations.mask import GradientMask


@register_method(
    "scheduled",
    "tasks that harm each other train in different steps",
    group="needs relations",
    cost=Cost(passes="T/C forward, T/C backward, in C times the steps with C classes"),
)
@dataclass(frozen=True)
class Scheduled(PlainSum):
    """The tasks are divided into classes in which nobody harms anybody; a step trains one class.

    The harmful edges, in either direction, are the edges of a conflict graph. Its vertices are
    coloured greedily, those with most conflicts first (Welsh and Powell); the tasks of one colour
    are a class, and the classes take turns. In a step only the class's losses are computed.

    Source: "SON-GOKU: Scheduling via Optimal INterference-aware Graph-COloring for TasK Grouping in
    MUltitask Learning" (2025), which colours pairs of tasks whose averaged gradients point against
    each other, and colours them anew as they change.
    Our choices: the conflicts are the harmful edges that were measured, so they stay the same;
    every class has the same number of turns; and by default the recipe's steps are taken once for
    every class, so that each task has as many updates and sees as many batches as in multi-head
    training. Without that it has a share of 1 / (number of classes) of them, and a comparison is
    mostly about the shorter training.
    What is known of its worth: conflicting tasks still share all of the trunk, and what one step
    does to another task is undone or not by the next.
    With no harmful edges there is one class and this is multi-head training. A balancing needs
    all losses of a step and cannot go on top; `weights=` can.
    Cost: over the whole training the passes of multi-head, in more optimizer steps; with
    `equal_updates=false` fewer.

    Attributes:
        mask: False where the loss of a source harms a target. It may know more tasks than a run
            has.
        equal_updates: Take the recipe's steps once for every class.
    """

    mask: GradientMask
    equal_updates: bool = True
    name: ClassVar[str] = "scheduled"
    goes_on: ClassVar[bool] = True

    @property
    def steps_of_all(self) -> bool:
        """See `Method.steps_of_all`: which classes there are is known from the mask alone."""
        return False

    def train(self, run: Training) -> None:
        """See `Method.train`.

        Raises:
            MaskMismatchError: The mask lacks tasks of the run.
        """
        classes = conflict_free_classes(select_mask(self.mask, run.tasks))
        if self.equal_updates:
            run.steps *= len(classes)
        with self.training(run) as backward:
            while run.done < run.steps:  # the first step may be one of a checkpoint's
                run.take_steps(backward, 1, tasks=classes[run.done % len(classes)])


def conflict_free_classes(mask: GradientMask) -> list[tuple[str, ...]]:
    """Classes of tasks none of which harms another of its class.

    Classes stand in the order of their first tasks, tasks in that of the mask.

    Example:
        >>> path = [[True, False, True], [True, True, False], [True, True, True]]
        >>> conflict_free_classes(GradientMask(["pose", "reid", "depth"], path))
        [('pose', 'depth'), ('reid',)]
    """
    conflicts = nx.Graph()
    conflicts.add_nodes_from(mask.tasks)
    conflicts.add_edges_from(mask.blocked())
    colours = nx.greedy_color(conflicts, strategy="largest_first")
    classes: dict[int, list[str]] = {}
    for task in mask.tasks:
        classes.setdefault(colours[task], []).append(task)
    return [tuple(tasks) for tasks in classes.values()]
