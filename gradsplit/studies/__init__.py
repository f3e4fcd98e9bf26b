"""Many trainings with one question each."""
