"""Every reader of the product, by its name."""

from tests.fuzz.reader import Reader
from tests.fuzz.readers.command_lines import CommandLines
from tests.fuzz.readers.json_files import CollectedScores, Diagnoses, Estimates, Losses
from tests.fuzz.readers.ledgers import Ledgers
from tests.fuzz.readers.masks import Masks
from tests.fuzz.readers.tables import RelationTables, RunsTables, ScoresTables
from tests.fuzz.readers.task_sets import (
    Configurations,
    OwnTaskSets,
    Photographs,
    TrainedNetworks,
    Weights,
)

READERS: dict[str, type[Reader]] = {
    kind.name: kind
    for kind in (
        Masks,
        RelationTables,
        RunsTables,
        ScoresTables,
        Ledgers,
        Estimates,
        CollectedScores,
        Losses,
        Diagnoses,
        Configurations,
        OwnTaskSets,
        Weights,
        TrainedNetworks,
        Photographs,
        CommandLines,
    )
}
