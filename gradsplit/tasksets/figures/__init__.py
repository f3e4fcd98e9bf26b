"""Drawn people: the four tasks of the method's paper."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = (
    BuiltIn(
        "figures",
        f"{__name__}.task_set:Figures",
        "attributes, re-identification, pose and parsing of drawn people",
    ),
)
