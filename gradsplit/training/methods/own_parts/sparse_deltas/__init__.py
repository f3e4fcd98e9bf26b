"""Efficient Computation Sharing: one task's network, and few differences to it for every other."""
