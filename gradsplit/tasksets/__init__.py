"""Built-in task sets."""
