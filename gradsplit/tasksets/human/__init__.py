"""Human image analysis from people's own folders: attributes, re-identification, pose, parsing."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = (
    BuiltIn(
        "human",
        f"{__name__}.task_set:Human",
        "the same four tasks on the published data sets of people, from your own folders",
    ),
)
