"""Methods whose network has parts for each task alone."""
