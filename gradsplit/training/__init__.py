"""Train any subset of a task set, with any method."""
