"""Heads that no library gives in this form."""

from gradsplit.heads.attribute_head import AttributeHead
from gradsplit.heads.bands import BandHead, EmbeddingHead
from gradsplit.heads.dense import DenseHead
from gradsplit.heads.parsing_head import ParsingHead
from gradsplit.heads.pose_head import PoseHead
from gradsplit.heads.reid_head import ReidHead, ReidOutput

__all__ = [
    "AttributeHead",
    "BandHead",
    "DenseHead",
    "EmbeddingHead",
    "ParsingHead",
    "PoseHead",
    "ReidHead",
    "ReidOutput",
]
