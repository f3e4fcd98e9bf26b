"""Methods that weigh the tasks' losses or gradients, with or without a search."""
