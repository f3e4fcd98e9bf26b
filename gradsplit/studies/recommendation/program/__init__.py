"""A recommendation for tasks that a program of one's own trains."""
