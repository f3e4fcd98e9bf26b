"""Real photographs with four labels each."""
