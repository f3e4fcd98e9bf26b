"""Attach a gradient mask to a network: three regimes, each exact against the reference."""
