"""Which way of sharing is best for the tasks of a task set, judged on fresh seeds."""
