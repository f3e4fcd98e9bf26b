"""The trained networks beside a ledger: what they will take, and which are there."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.probe import PairwiseProbe
    from relations.runs import Run, Trainer

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


@dataclass(frozen=True)
class NetworksAhead:
    """What keeping the networks of runs will take; `print` says it in a sentence.

    Attributes:
        folder: Where they are kept.
        runs: How many runs are still to be trained.
        size: Bytes of all their networks.
        at_most: Whether there may be fewer runs, or smaller networks.
    """

    folder: Path
    runs: int
    size: int
    at_most: bool = False

    def __str__(self) -> str:
        most = "at most " if self.at_most else ""
        each = in_bytes(self.size / self.runs) if self.runs else "nothing"
        text = (
            f"networks: {most}{self.runs} to keep in {self.folder}, about {each} x {self.runs} = "
            f"{in_bytes(self.size)}"
        )
        free = _free(self.folder)
        if self.size > free:
            return f"{text}, but only {in_bytes(free)} are free there: scores are kept all the same"
        return f"{text}; {in_bytes(free)} are free there"


def networks_ahead(
    folder: Path, trainers: "Mapping[str, Trainer]", runs: "Sequence[Run]"
) -> NetworksAhead:
    """What keeping the networks of runs will take.

    Args:
        folder: Where they are kept.
        trainers: Variant -> what trains its runs; those that keep no networks count nothing.
        runs: Runs that are still to be trained.

    Cost: each trainer's network of all tasks is built once.
    """
    parts = {
        variant: sizes()
        for variant, trainer in trainers.items()
        if (sizes := getattr(trainer, "part_bytes", None))
        and any(run.variant == variant for run in runs)
    }
    kept = [run for run in runs if run.variant in parts]
    size = sum(sum(parts[run.variant][part] for part in ("", *run.tasks)) for run in kept)
    return NetworksAhead(folder, len(kept), size)


def planned_networks(probe: "PairwiseProbe") -> NetworksAhead:
    """The same of the missing runs of a probe.

    Args:
        probe: Of a task set.
    """
    from gradsplit.training.kept_networks import FOLDER

    folder = probe.ledger.with_name(FOLDER)
    return networks_ahead(folder, {probe.variant: probe.train}, probe.plan().missing)


def networks_at_most(ledger: Path, trainer: "TaskSetTrainer", runs: int) -> NetworksAhead:
    """The same of so many runs beside a ledger, none of a larger network than that of all tasks.

    Args:
        ledger: Its file.
        trainer: Trains these runs.
        runs: At most so many.
    """
    from gradsplit.training.kept_networks import FOLDER

    size = runs * sum(trainer.part_bytes().values())
    return NetworksAhead(ledger.with_name(FOLDER), runs, size, at_most=True)


def networks_held(ledger: Path) -> str:
    """How many finished runs of a ledger have their network beside it, in words.

    Args:
        ledger: Its file.
    """
    from gradsplit.training.kept_networks import FOLDER, network_path
    from relations.ledger.ledger import Ledger
    from relations.tables.first_names import first_names

    folder = ledger.parent / FOLDER
    with Ledger(ledger, read_only=True) as book:
        done = book.finished()
    lost = [run for run in done if not network_path(folder, run).is_file()]
    text = f"networks: {len(done) - len(lost)} of {len(done)} finished runs, in {folder}"
    if not lost:
        return text
    return (
        f"{text}; none of {first_names(lost, 1)}, which "
        "were trained before networks were kept, keep none, or could not be kept. A finished run "
        "is not trained again: another --out trains it anew."
    )


def in_bytes(size: float) -> str:
    """Bytes for people.

    Example:
        >>> in_bytes(812), in_bytes(36_700), in_bytes(94_500_000)
        ('812 bytes', '36.7 KB', '94.5 MB')
    """
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}"


def _free(folder: Path) -> int:
    """Bytes that are free where a folder is, or will be."""
    place = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(place).free
