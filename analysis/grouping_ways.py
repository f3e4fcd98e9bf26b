"""What the ways of training are called in the comparison of a grouping."""

GROUPED = "grouping"
TOGETHER = "all together"
