"""The ways of training in the comparison of a grouping."""

GROUPED = "grouping"
TOGETHER = "all together"
