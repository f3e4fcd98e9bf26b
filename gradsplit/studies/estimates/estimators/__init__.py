"""Cheap substitutes of the probe: one file an estimator, all with one interface."""
