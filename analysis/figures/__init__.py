"""Pictures: one file a figure, and what figures share."""
