"""Relations guessed from less than a probe."""
