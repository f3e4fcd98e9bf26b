"""What the options of the human task set must be."""

from typing import Any

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.human import sources
from gradsplit.tasksets.parts.trunks import full_name

NAMES = ("attribute", "reid", "pose", "parsing")
"""The tasks that there may be, in their order."""


def option_problems(human: Any) -> list[str]:
    """What is wrong with the options, a line each; what lies in the folders is not looked at.

    Args:
        human: The task set, which imports this file.
    """
    problems = []
    if not human.folders:
        problems.append(
            f"it needs a folder of data: give one or more of {', '.join(sources.SOURCES)}."
        )
    for task in human.task_names:
        given = [one for one in human.folders if sources.SOURCES[one].task == task]
        if len(given) > 1:
            problems.append(f"{task} comes from one data set, got {', '.join(given)}.")
    shapes = {"`height` and `width`": (human.height, human.width)}
    shapes |= {f"`sizes` of {task}": tuple(pair) for task, pair in human.sizes.items()}
    problems += [
        f"{what} must be two whole numbers of at least 32, got {shape}."
        for what, shape in shapes.items()
        if len(shape) != 2 or any(type(one) is not int or one < 32 for one in shape)
    ]
    problems += [f"`sizes` names `{one}`, no task." for one in human.sizes if one not in NAMES]
    if human.judge not in ("validation", "test"):
        problems.append(f"`judge` must be validation or test, got {human.judge!r}.")
    if human.neck not in ("batch", "group"):
        problems.append(f"`neck` must be batch or group, got {human.neck!r}.")
    if not 0 < human.held_out < 1:
        problems.append(f"`held_out` must be between 0 and 1, got {human.held_out!r}.")
    if type(human.skip_bad) is not bool:
        problems.append(f"`skip_bad` must be true or false, got {human.skip_bad!r}.")
    if type(human.workers) is not int or human.workers < 0:
        problems.append(f"`workers` must be a whole number from 0, got {human.workers!r}.")
    if human.last_stride not in (1, 2):
        problems.append(f"`last_stride` must be 1 or 2, got {human.last_stride!r}.")
    if type(human.flip_test) is not bool:
        problems.append(f"`flip_test` must be true or false, got {human.flip_test!r}.")
    if human.weights is not None and human.pretrained:
        problems.append("give either `pretrained` or `weights`.")
    if human.weights is not None and not human.weights.is_file():
        problems.append(f"there are no `weights` at `{human.weights}`.")
    try:
        full_name(human.backbone)
    except GradSplitError as wrong:
        problems.append(str(wrong))
    return problems
