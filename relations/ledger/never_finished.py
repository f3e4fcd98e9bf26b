"""Tasks of a ledger that no run ever finished with, such as one whose name was mistyped."""

from collections.abc import Mapping, Sequence

from relations.ledger.ledger import State
from relations.runs import Run
from relations.tables.first_names import first_names

_FEWEST = 2
"""So many tasks must be left for there to be a relation."""


def never_finished(states: "Mapping[Run, State]", tasks: Sequence[str]) -> list[str]:
    """The tasks all of whose runs failed, where none is still to come and two others have one.

    Args:
        states: Of the runs.
        tasks: Who is asked about.

    Example:
        >>> states = {Run((task,), 0): "done" for task in ("pose", "reid")}
        >>> never_finished({**states, Run(("pos",), 0): "failed"}, ["pos", "pose", "reid"])
        ['pos']
    """
    seen = {task: {state for run, state in states.items() if task in run.tasks} for task in tasks}
    lost = [task for task, found in seen.items() if found == {"failed"}]
    return lost if sum("done" in found for found in seen.values()) >= _FEWEST else []


def never_finished_notes(
    states: "Mapping[Run, State]", tasks: Sequence[str], notes: Mapping[str, str]
) -> dict[str, str]:
    """Notes of a change matrix, with how to leave such tasks out.

    Args:
        states: Of the runs.
        tasks: Of the matrix.
        notes: Task -> what is noted already.
    """
    found = dict(notes)
    for task in never_finished(states, tasks):
        hint = (
            f"no run with {first_names([task])} has finished: --without {task} leaves it out of "
            "relations, masks and pages"
        )
        found[task] = f"{found[task]}\n{hint}" if task in found else hint
    return found
