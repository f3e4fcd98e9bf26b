"""What is done with the network of a finished run before it is let go."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gradsplit.training.fit import Fitted
from gradsplit.training.taskset import TaskSet
from relations.runs import Run


class Afterwards(Protocol):
    """Looks at the network of every finished run; can be pickled for worker processes."""

    @property
    def tasksets(self) -> Sequence[TaskSet]:
        """Those that it uses."""
        ...

    def __call__(self, run: Run, fitted: Fitted) -> Mapping[str, float]:
        """Further side scores of the run, by names such as "reid@on night".

        Args:
            run: Which.
            fitted: Its network and scores; to be left as they are.
        """
        ...
