"""Task sets whose relations are known in closed form."""

from gradsplit.tasksets import BuiltIn

TASK_SETS = (
    BuiltIn(
        "planted", f"{__name__}.task_set:planted", "one harmful edge of four tasks; a mask helps"
    ),
    BuiltIn(
        "planted-control", f"{__name__}.task_set:planted_control", "one harmful edge; no mask helps"
    ),
    BuiltIn(
        "planted-near", f"{__name__}.task_set:planted_near", "one harmful edge near the threshold"
    ),
    BuiltIn(
        "planted-crowded",
        f"{__name__}.crowded:planted_crowded",
        "six tasks; no pair harms, larger groups do: a grouping helps",
    ),
)
