"""Heads that no library gives in this size."""

from gradsplit.heads.bands import BandHead, Identified, IdentityHead, pool_bands
from gradsplit.heads.dense import DenseHead

__all__ = ["BandHead", "DenseHead", "Identified", "IdentityHead", "pool_bands"]
