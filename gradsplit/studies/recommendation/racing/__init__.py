"""Candidates raced against each other until few are left."""
