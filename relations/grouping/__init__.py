"""Which tasks should share a network: candidates, the best choice among them, and its stability."""
