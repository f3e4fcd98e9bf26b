"""What can be done where the page knows nothing yet: it depends on what trained the runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from analysis.page.recommended import in_code

Words = list[tuple[str, bool]]
"""Parts of a sentence, and whether each is code."""


@dataclass(frozen=True)
class NextSteps:
    """A sentence for every section that may be empty.

    Attributes:
        cure: How a cure is found, for the opening.
        why: How the cause of a harm is found.
        longer: How one sees whether trainings were long enough.
        grouping: How one finds which tasks share a network: the command and what it does.
        comparison: How methods are compared.
    """

    cure: str
    why: Words
    longer: Words
    grouping: Words
    comparison: Words


_LOOK = (
    "Look first whether the loss of the task that harms is much larger than the others, and "
    "whether a longer training takes the harm away. `gradsplit diagnose` finds out for a task set."
)
_TWICE = "Train twice as long, keep those runs in another place, and compare the two."

_TASK_SET = NextSteps(
    cure="gradsplit recommend tries balancing, own stages, masks and several networks",
    why=in_code(
        "`gradsplit diagnose` trains each harmful pair again, each time with one possible cause "
        "taken away."
    ),
    longer=in_code(
        "`gradsplit probe … --steps 400,800` trains two and says which changes still move."
    ),
    grouping=in_code(" finds one, trains it and judges it on fresh seeds."),
    comparison=in_code(
        "`gradsplit compare` trains the task set with the mask and with other methods."
    ),
)
_PROGRAM = NextSteps(
    cure="gradsplit recommend --command tries loss weights, masks and several networks",
    why=in_code(_LOOK),
    longer=in_code(_TWICE),
    grouping=in_code(" predicts one from the pairs, which this page then shows."),
    comparison=in_code(
        "`gradsplit recommend --command` compares what the program can be told of; `gradsplit "
        "compare` needs a task set."
    ),
)
_OWN = replace(
    _PROGRAM,
    cure="compare the losses first; with a task set, gradsplit recommend tries all cures",
    comparison=in_code("`gradsplit compare` makes one of a task set."),
)


def next_steps(settings: Mapping[str, object] | None, group: str = "gradsplit group") -> NextSteps:
    """What can be done by whoever trained the runs.

    Args:
        settings: Of the ledger; None of a table, whose runs were trained elsewhere.
        group: The command that groups the tasks, with its words.

    Example:
        >>> next_steps({"command": "python train.py"}).cure
        'gradsplit recommend --command tries loss weights, masks and several networks'
    """
    steps = _OWN
    if settings is not None and "task set" in settings:
        steps = _TASK_SET
    elif settings is not None and isinstance(settings.get("command"), str):
        steps = _PROGRAM
    return replace(steps, grouping=[(group, True), *steps.grouping])
