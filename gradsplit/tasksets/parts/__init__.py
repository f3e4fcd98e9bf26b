"""Heads, losses, metrics and trunks that no library gives in this form."""
