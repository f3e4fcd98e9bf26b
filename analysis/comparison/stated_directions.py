"""Which way the scores of a table of methods are better, as far as the table says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from relations.errors import TableError, all_problems
from relations.tables.arrows import names_without_arrows, parted_arrow
from relations.tables.csv_file import Line, column_name
from relations.tables.directions import direction_columns, direction_problem, note_overruled
from relations.tables.metric_names import note_taken_higher, sounds_lower


@dataclass
class StatedDirections:
    """What columns and arrows behind names say of tasks.

    Attributes:
        path: The table, for messages.
        rises: Task -> whether higher is better, of tasks of which it is said.
        problems: What cannot be read, or contradicts itself.
    """

    path: Path
    rises: dict[str, bool] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def of_columns(self, columns: list[str], named: Collection[str]) -> list[str]:
        """Columns without the arrows of tasks that are called as one, but for those named so."""
        bare, rises = names_without_arrows([name for name in columns if name not in named])
        self.rises |= rises
        names = iter(bare)
        return [name if name in named else next(names) for name in columns]

    def of_lines(self, columns: Sequence[str], lines: list[Line]) -> list[Line]:
        """Lines of one score each, whose tasks are called without arrows.

        Raises:
            TableError: A column speaks of what is better in words that are not known; a task is
                said to be better both ways.
        """
        low = [column_name(name) for name in columns]
        words = direction_columns(self.path, low, lines)
        at = low.index("task")
        for number, cells in lines:
            for column, meanings in words.items():
                text = cells[low.index(column)].lower()
                if problem := direction_problem(column, meanings, text):
                    self.problems.append(f"line {number}: {problem}")
                elif text:
                    self._note(number, cells[at], rises=meanings[text])
            bare, arrow = (cells[at], None) if words else parted_arrow(cells[at])
            if arrow is not None:
                self._note(number, bare, rises=arrow)
                cells[at] = bare
        if self.problems:
            raise TableError(all_problems(f"`{self.path}` cannot be read", self.problems))
        return lines

    def known(self, tasks: Sequence[str], lower: Sequence[str]) -> dict[str, bool]:
        """The directions of tasks; what is given in `lower` wins.

        Args:
            tasks: All of them.
            lower: Those that are better lower, by whoever reads the table.

        Warns:
            TableNote: Nothing says any direction, or what is given is another than the table's.
        """
        rises = {task: way for task, way in self.rises.items() if task in tasks}
        given = dict.fromkeys(lower, False)
        if not rises and not given:
            note_taken_higher(tasks, {task: task for task in tasks if sounds_lower(task)})
        note_overruled(rises, given)
        return rises | given

    def _note(self, number: int, task: str, *, rises: bool) -> None:
        if self.rises.setdefault(task, rises) != rises:
            self.problems.append(f"line {number}: {task} was said to be better the other way.")
