"""Which task harms which: probe, change matrix, relation graph, gradient mask."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relations.change_kinds import ChangeKind
    from relations.collected_scores import save_scores
    from relations.command_trainer import CommandTrainer
    from relations.errors import (
        GroupingError,
        LedgerError,
        MaskError,
        RelationsError,
        RunFailedError,
        ScoreError,
        TableError,
        TaskError,
    )
    from relations.estimates.agreement import Agreement, agreement
    from relations.estimates.cut import Cut
    from relations.estimates.estimate import Estimate, EstimateError
    from relations.estimates.estimate_file import load_estimate, load_estimates, save_estimate
    from relations.estimates.estimate_graph import EstimateGraph, estimate_graph
    from relations.estimates.triage import suspicious_pairs, triage
    from relations.executors import Executor
    from relations.executors.ensemble import Ensemble
    from relations.executors.in_process import InProcess
    from relations.executors.processes import Processes
    from relations.executors.ray import Ray
    from relations.graph import RelationGraph
    from relations.grouping.group_changes import GroupChanges
    from relations.grouping.group_tasks import group_tasks
    from relations.grouping.grouping import Grouping
    from relations.grouping.load_groups import load_groups
    from relations.judged import load_relations
    from relations.ledger.directions import correct_directions
    from relations.ledger.ledger import Ledger
    from relations.ledger.status import status
    from relations.loss_curves import LossCurve
    from relations.mask import GradientMask
    from relations.plan import Plan, pairwise_runs
    from relations.probe import PairwiseProbe
    from relations.runs import Outcome, Run
    from relations.seeds import Seeds
    from relations.sources import load_changes
    from relations.statistics.change_matrix import ChangeMatrix
    from relations.statistics.movement import movement
    from relations.statistics.sample_size import sample_size_table, seeds_needed
    from relations.statistics.side_means import SideScore
    from relations.tables.relation_table import read_relation_table, write_relation_table
    from relations.tables.runs_table import RunsTable, read_runs_table, write_runs_table
    from relations.tasks import Task
    from relations.variants import train_runs

# Loaded on first use: networkx and scipy take longer to import than the help may.
_HOMES = {
    "Agreement": "relations.estimates.agreement",
    "ChangeKind": "relations.change_kinds",
    "ChangeMatrix": "relations.statistics.change_matrix",
    "CommandTrainer": "relations.command_trainer",
    "Cut": "relations.estimates.cut",
    "Ensemble": "relations.executors.ensemble",
    "Estimate": "relations.estimates.estimate",
    "EstimateError": "relations.estimates.estimate",
    "EstimateGraph": "relations.estimates.estimate_graph",
    "Executor": "relations.executors",
    "GradientMask": "relations.mask",
    "GroupChanges": "relations.grouping.group_changes",
    "Grouping": "relations.grouping.grouping",
    "GroupingError": "relations.errors",
    "InProcess": "relations.executors.in_process",
    "Ledger": "relations.ledger.ledger",
    "LedgerError": "relations.errors",
    "LossCurve": "relations.loss_curves",
    "MaskError": "relations.errors",
    "Outcome": "relations.runs",
    "PairwiseProbe": "relations.probe",
    "Plan": "relations.plan",
    "Processes": "relations.executors.processes",
    "Ray": "relations.executors.ray",
    "RelationGraph": "relations.graph",
    "RelationsError": "relations.errors",
    "Run": "relations.runs",
    "RunFailedError": "relations.errors",
    "RunsTable": "relations.tables.runs_table",
    "ScoreError": "relations.errors",
    "Seeds": "relations.seeds",
    "SideScore": "relations.statistics.side_means",
    "TableError": "relations.errors",
    "Task": "relations.tasks",
    "TaskError": "relations.errors",
    "agreement": "relations.estimates.agreement",
    "correct_directions": "relations.ledger.directions",
    "estimate_graph": "relations.estimates.estimate_graph",
    "group_tasks": "relations.grouping.group_tasks",
    "load_changes": "relations.sources",
    "load_estimate": "relations.estimates.estimate_file",
    "load_estimates": "relations.estimates.estimate_file",
    "load_groups": "relations.grouping.load_groups",
    "load_relations": "relations.judged",
    "movement": "relations.statistics.movement",
    "pairwise_runs": "relations.plan",
    "read_relation_table": "relations.tables.relation_table",
    "read_runs_table": "relations.tables.runs_table",
    "sample_size_table": "relations.statistics.sample_size",
    "save_estimate": "relations.estimates.estimate_file",
    "save_scores": "relations.collected_scores",
    "seeds_needed": "relations.statistics.sample_size",
    "status": "relations.ledger.status",
    "suspicious_pairs": "relations.estimates.triage",
    "train_runs": "relations.variants",
    "triage": "relations.estimates.triage",
    "write_relation_table": "relations.tables.relation_table",
    "write_runs_table": "relations.tables.runs_table",
}

__all__ = [
    "Agreement",
    "ChangeKind",
    "ChangeMatrix",
    "CommandTrainer",
    "Cut",
    "Ensemble",
    "Estimate",
    "EstimateError",
    "EstimateGraph",
    "Executor",
    "GradientMask",
    "GroupChanges",
    "Grouping",
    "GroupingError",
    "InProcess",
    "Ledger",
    "LedgerError",
    "LossCurve",
    "MaskError",
    "Outcome",
    "PairwiseProbe",
    "Plan",
    "Processes",
    "Ray",
    "RelationGraph",
    "RelationsError",
    "Run",
    "RunFailedError",
    "RunsTable",
    "ScoreError",
    "Seeds",
    "SideScore",
    "TableError",
    "Task",
    "TaskError",
    "agreement",
    "correct_directions",
    "estimate_graph",
    "group_tasks",
    "load_changes",
    "load_estimate",
    "load_estimates",
    "load_groups",
    "load_relations",
    "movement",
    "pairwise_runs",
    "read_relation_table",
    "read_runs_table",
    "sample_size_table",
    "save_estimate",
    "save_scores",
    "seeds_needed",
    "status",
    "suspicious_pairs",
    "train_runs",
    "triage",
    "write_relation_table",
    "write_runs_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'relations' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
