"""Every file of a task set looked into once, before a long training finds out."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import TaskSetError
from gradsplit.studies.arguments import check_number, the_taskset
from relations.tables.csv_file import inert_row
from relations.tables.plain_text import shown

if TYPE_CHECKING:
    from gradsplit.training.data_check import Finding
    from gradsplit.training.taskset import TaskSet

_SHOWN = 20


@dataclass(frozen=True)
class CheckedData:
    """What was found in a task set's files; `print` shows the first of it.

    Attributes:
        looked: Number of things that were looked into.
        findings: What is wrong, in the order of the data.
    """

    looked: int
    findings: "tuple[Finding, ...]"

    def csv(self) -> str:
        """Every finding: task, part, file, problem, usable (true or false)."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["task", "part", "file", "problem", "usable"])
        for found in self.findings:
            cells = [found.task, found.part, found.file, found.problem, str(found.usable).lower()]
            writer.writerow(inert_row(cells))
        return text.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the findings as csv; folders are made."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.csv())

    def __str__(self) -> str:
        if not self.findings:
            return f"{self.looked} looked into: nothing is wrong"
        files = len({found.file for found in self.findings})
        unusable = len({found.file for found in self.findings if not found.usable})
        lines = [f"{self.looked} looked into: {files} with faults, {unusable} of them unusable"]
        lines += [
            f"  {found.task} {found.part}: {shown(found.file)} {shown(found.problem)}"
            for found in self.findings[:_SHOWN]
        ]
        more = len(self.findings) - _SHOWN
        if more > 0:
            tasks = Counter(found.task for found in self.findings[_SHOWN:])
            of_task = ", ".join(f"{count} of {task}" for task, count in tasks.items())
            lines.append(f"  and {more} more: {of_task}")
        return "\n".join(lines)


def check_data(
    taskset: "TaskSet | str", *, workers: int = 2, progress: bool = False
) -> CheckedData:
    """Open every picture and label of a task set once, and say all that is wrong.

    Args:
        taskset: A task set, or its name as the commands take it.
        workers: Threads.
        progress: Show how far it is, if this is a terminal.

    Raises:
        TaskSetError: There is none of that name, or it lets nobody look into files.

    Cost: the decoding of all files; some milliseconds of one core a photograph.

    Example:
        >>> check_data("planted")
        Traceback (most recent call last):
        gradsplit.errors.TaskSetError: `planted` has no files to look into: it has no `data_check`.
    """
    from tqdm import tqdm

    check_number("workers", workers)
    taskset = the_taskset(taskset)
    check = taskset.data_check()
    if check is None:
        raise TaskSetError(f"`{taskset.name}` has no files to look into: it has no `data_check`.")
    count = len(check.items)
    shown_bar = tqdm(
        check.findings(workers), total=count, unit="file", disable=None if progress else True
    )
    return CheckedData(count, tuple(chain.from_iterable(shown_bar)))
