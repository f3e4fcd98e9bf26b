"""Drawn people, written in exactly the formats that the readers read."""
