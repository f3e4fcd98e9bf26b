"""Readers of the folders that people have: one file a data set."""
