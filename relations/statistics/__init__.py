"""From scores of runs to changes, intervals, verdicts' levels and numbers of seeds."""
