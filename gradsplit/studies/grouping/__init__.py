"""Which tasks should share a network: candidates trained, the best judged on fresh seeds."""
