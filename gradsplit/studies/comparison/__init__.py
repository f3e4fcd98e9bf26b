"""Which way of training is best: methods trained with the same seeds."""
