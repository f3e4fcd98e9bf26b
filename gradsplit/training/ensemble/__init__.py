"""Many runs as one vectorised program."""

from gradsplit.training.ensemble.member_memory import member_bytes
from gradsplit.training.ensemble.vectorised_fit import fit_ensemble

__all__ = ["fit_ensemble", "member_bytes"]
