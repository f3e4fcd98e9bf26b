"""What a task set lets look into of its files: one thing after another, by nobody in particular."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something about a file that its user should know.

    Attributes:
        task: Whose data it is.
        part: Of the data, such as "train".
        file: Which.
        problem: What is wrong with it, in a few words.
        usable: Whether it can be trained with all the same; a file that is not ends a training.
    """

    task: str
    part: str
    file: str
    problem: str
    usable: bool


@dataclass(frozen=True)
class DataCheck:
    """The files of a task set as things to look into.

    Attributes:
        items: What is looked into, in an order that a reader would expect; anything.
        look: One of them -> what is wrong with it, nothing where all is well. Called in threads,
            several at once.
    """

    items: Sequence[Any]
    look: Callable[[Any], Sequence[Finding]]

    def findings(self, workers: int = 1) -> Iterator[Sequence[Finding]]:
        """What is wrong with each item, in their order.

        Args:
            workers: Threads; decoding of pictures and other work outside of Python runs at once.

        Example:
            >>> def look(number):
            ...     return [Finding("a", "train", str(number), "is odd", True)] * (number % 2)
            >>> [len(some) for some in DataCheck(range(4), look).findings(workers=2)]
            [0, 1, 0, 1]
        """
        with ThreadPoolExecutor(workers) as threads:
            yield from threads.map(self.look, self.items)
