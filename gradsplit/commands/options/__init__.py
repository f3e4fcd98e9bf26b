"""Options that several commands share, one file an idea."""
