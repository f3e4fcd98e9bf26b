"""Drawn people: the four tasks of the method's paper."""
