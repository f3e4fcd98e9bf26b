"""One file a command; the only rooms that import relations, gradsplit and analysis together."""
