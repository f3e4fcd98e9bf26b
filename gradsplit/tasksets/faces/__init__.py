"""Real photographs with four labels each, every task with its own photographs."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = (
    BuiltIn(
        "faces",
        f"{__name__}.task_set:Faces",
        "identity, pose, expression, eyes on real photographs",
    ),
)
