"""Diagnoses: how much of a harm an intervention removes, and its table."""
