"""What a training command leaves open, such as `{tasks}`."""

import re

PLACEHOLDER = re.compile(r"(?<!\$)\{(\w+)\}")  # ${NAME} is the shell's


def placeholders(command: str) -> set[str]:
    """The names of what a command leaves open.

    Example:
        >>> sorted(placeholders("python train.py ${HOME} {tasks} {seed}"))
        ['seed', 'tasks']
    """
    return set(PLACEHOLDER.findall(command))
