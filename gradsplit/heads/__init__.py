"""Heads that no library gives in this size."""

from gradsplit.heads.bands import BandHead, EmbeddingHead
from gradsplit.heads.dense import DenseHead

__all__ = ["BandHead", "DenseHead", "EmbeddingHead"]
