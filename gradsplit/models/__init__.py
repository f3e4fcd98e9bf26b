"""Trunks that no library gives in this size."""

from gradsplit.models.resnet import BasicBlock, SmallResNet, group_norm

__all__ = ["BasicBlock", "SmallResNet", "group_norm"]
