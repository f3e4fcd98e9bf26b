"""Heads that no library gives in this form."""

from gradsplit.tasksets.parts.heads.attribute_head import AttributeHead
from gradsplit.tasksets.parts.heads.bands import BandHead, EmbeddingHead
from gradsplit.tasksets.parts.heads.dense import DenseHead
from gradsplit.tasksets.parts.heads.parsing_head import ParsingHead
from gradsplit.tasksets.parts.heads.pose_head import PoseHead
from gradsplit.tasksets.parts.heads.reid_head import ReidHead, ReidOutput

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
