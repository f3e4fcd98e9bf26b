"""The aggregators of TorchJD that are offered as methods; names only, nothing is imported."""

AGGREGATORS = {
    "pcgrad": "PCGrad",
    "cagrad": "CAGrad",
    "mgda": "MGDA",
    "nash-mtl": "NashMTL",
    "imtl-g": "IMTLG",
    "upgrad": "UPGrad",
    "aligned-mtl": "AlignedMTL",
    "graddrop": "GradDrop",
    "gradvac": "GradVac",
    "config": "ConFIG",
    "dualproj": "DualProj",
    "random-weighting": "Random",
}
"""Name of a method -> TorchJD's class."""
