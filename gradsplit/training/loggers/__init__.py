"""What is told of a run while it trains; one file a logger, which registers itself."""
