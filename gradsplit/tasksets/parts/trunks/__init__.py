"""Trunks: small ones that no library gives, and ResNets of the libraries that are installed."""

from gradsplit.tasksets.parts.trunks.backbone import backbone, form, full_name
from gradsplit.tasksets.parts.trunks.resnet import BasicBlock, SmallResNet, group_norm
from gradsplit.tasksets.parts.trunks.staged import STAGES, Backbone

__all__ = [
    "STAGES",
    "Backbone",
    "BasicBlock",
    "SmallResNet",
    "backbone",
    "form",
    "full_name",
    "group_norm",
]
