"""How the study of a folder stands."""

from pathlib import Path
from typing import TYPE_CHECKING

from relations.ledger.status import Status
from relations.ledger.status import status as ledger_status
from relations.sources import LEDGER_NAME

if TYPE_CHECKING:
    from gradsplit.studies.recommendation.progress.status import RecommendationStatus


def status(folder: str | Path, variant: str = "") -> "Status | RecommendationStatus":
    """Read how a probe, a comparison or a recommendation stands; it may be running.

    Args:
        folder: Its folder, or its ledger.
        variant: Only these runs of the ledger, as those of a shorter probe.

    Returns:
        Of a recommendation what it is at, how many trainings of at most how many, how long it takes
        at most, and what is recommended; of anything else what `relations.status` says. Both can be
        printed, and `failures_text()` shows each failed run whole.

    Raises:
        LedgerError: There is no ledger, or it cannot be read; or it has no such variant.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from relations import PairwiseProbe
        >>> with TemporaryDirectory() as folder:
        ...     train = lambda tasks, seed: {task: 0.5 for task in tasks}
        ...     probe = PairwiseProbe(["a", "b"], train, [0, 1], f"{folder}/probe.db")
        ...     _ = probe.run(progress=False)
        ...     status(folder).counts["done"]
        6
    """
    from gradsplit.studies.recommendation.progress.read_status import recommendation_status

    path = Path(folder)
    ledger = path if path.is_file() else path / LEDGER_NAME
    found = None
    if not variant and ledger.name == LEDGER_NAME:
        found = recommendation_status(ledger.parent)
    return ledger_status(ledger, variant) if found is None else found
