"""Members of an ensemble whose losses are no numbers any more: told early, and not waited for."""

import warnings
from collections.abc import Sequence

import torch

from gradsplit.errors import DivergedNote
from gradsplit.training.ensemble.task_members import TaskMembers


class DivergedMembers:
    """Looks at the losses of all members now and then.

    A member that has diverged stays in the program, where it disturbs none and costs nothing that
    could be saved; when all have, there is nothing left to train.

    Args:
        by_task: The members of each task.
        count: How many members there are.
    """

    def __init__(self, by_task: Sequence[TaskMembers], count: int) -> None:
        self._by_task, self._count = by_task, count
        self._known: set[int] = set()
        self._seen = 0

    def all_have(self, steps: int) -> bool:
        """Look at the losses since the last time, and say whether no member is left.

        Args:
            steps: Of the whole training.

        Warns:
            DivergedNote: Members have diverged since the last time.
        """
        new: dict[int, tuple[int, str]] = {}
        for members in self._by_task:
            finite = torch.stack(members.history[self._seen :]).isfinite()
            for place, of_member in enumerate((~finite).cpu().T.tolist()):
                number = members.numbers[place]
                if True in of_member and number not in self._known:
                    first = self._seen + of_member.index(True) + 1, members.task
                    new[number] = min(first, new.get(number, first))
        self._seen = len(self._by_task[0].history)
        self._known |= new.keys()
        if new:
            step, task = min(new.values())
            left = "None is left." if len(self._known) == self._count else "The others go on."
            warnings.warn(
                f"{len(self._known)} of {self._count} runs that are trained together have "
                f"diverged: the loss of `{task}` is not finite at step {step} of {steps}. {left}",
                DivergedNote,
                stacklevel=2,
            )
        return len(self._known) == self._count
