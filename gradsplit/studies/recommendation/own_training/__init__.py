"""A recommendation for tasks that a program or a function of one's own trains."""
