"""Train a shared network with a gradient mask: which task's loss may update which filters."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradsplit.engine.group_norm import to_group_norm
    from gradsplit.engine.reference import check_exact
    from gradsplit.engine.rules import (
        Channels,
        LayerNode,
        MixedBatch,
        OwnedTensor,
        attach_gradients,
        masked_layer,
        register_function,
        register_node,
        register_rule,
    )
    from gradsplit.engine.split import GradSplit
    from gradsplit.studies.comparison.compare import compare
    from gradsplit.studies.comparison.compared import Compared
    from gradsplit.studies.data_check import CheckedData, check_data
    from gradsplit.studies.demo.demo import demo
    from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
    from gradsplit.studies.diagnosis.cost import DiagnosisCost, diagnosis_cost
    from gradsplit.studies.diagnosis.diagnose import diagnose
    from gradsplit.studies.diagnosis.diagnosed import Diagnosed
    from gradsplit.studies.diagnosis.diagnosis import Diagnosis
    from gradsplit.studies.diagnosis.intervention import Intervention
    from gradsplit.studies.estimates.estimate import estimate
    from gradsplit.studies.estimates.registry import estimator_names
    from gradsplit.studies.fitting import fit, fit_ensemble
    from gradsplit.studies.grouping.group import group
    from gradsplit.studies.grouping.grouped import Grouped
    from gradsplit.studies.grouping_training import train_grouping
    from gradsplit.studies.mask_check import check_mask
    from gradsplit.studies.network_loading import load_network, network_facts
    from gradsplit.studies.probing import measured_cost, probe
    from gradsplit.studies.recommendation.budget.cost import RecommendationCost
    from gradsplit.studies.recommendation.budget.plan import recommendation_cost
    from gradsplit.studies.recommendation.candidate_source import Known, register_source
    from gradsplit.studies.recommendation.configuration import Configuration
    from gradsplit.studies.recommendation.own_training.recommend_function import recommend_function
    from gradsplit.studies.recommendation.own_training.recommend_program import recommend_program
    from gradsplit.studies.recommendation.recommend import recommend
    from gradsplit.studies.recommendation.recommended import Recommended
    from gradsplit.studies.report.report import report
    from gradsplit.studies.scoring import score
    from gradsplit.studies.status import status
    from gradsplit.studies.taskset_check import check_taskset
    from gradsplit.studies.training import train
    from gradsplit.tasksets.figures.contact_sheet import contact_sheet
    from gradsplit.tasksets.human.export.write import export_people
    from gradsplit.tasksets.human.sources import read_people
    from gradsplit.tasksets.registry import load_taskset
    from gradsplit.training.batches import endless_batches
    from gradsplit.training.data_check import DataCheck, Finding
    from gradsplit.training.fit import Fitted
    from gradsplit.training.loop import Training
    from gradsplit.training.methods.balancing.combined import GramWeights
    from gradsplit.training.methods.balancing.loss_weights import LossWeights
    from gradsplit.training.methods.masked.dropgrad import DropGrad
    from gradsplit.training.methods.masked.gradsplit import MaskedTraining
    from gradsplit.training.methods.method import Method
    from gradsplit.training.methods.multi_head import MultiHead
    from gradsplit.training.methods.on_top import OnTop
    from gradsplit.training.methods.own_parts.last_stage import LastStage
    from gradsplit.training.methods.registry import register_method
    from gradsplit.training.network import MultiTaskNetwork, build_network
    from gradsplit.training.network_file import NetworkFacts
    from gradsplit.training.other_set import Scored
    from gradsplit.training.recipe import Recipe
    from gradsplit.training.score_with_side import ScoreWithSide
    from gradsplit.training.seeding import generator, seed_for
    from gradsplit.training.step import Step
    from gradsplit.training.taskset import TaskSet
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.mask import GradientMask
    from relations.tasks import Task

# Loaded on first use: the command's help must not wait for torch.
_HOMES = {
    "Case": "gradsplit.studies.diagnosis.cause",
    "Cause": "gradsplit.studies.diagnosis.cause",
    "Channels": "gradsplit.engine.rules",
    "CheckedData": "gradsplit.studies.data_check",
    "Compared": "gradsplit.studies.comparison.compared",
    "Configuration": "gradsplit.studies.recommendation.configuration",
    "DataCheck": "gradsplit.training.data_check",
    "Diagnosed": "gradsplit.studies.diagnosis.diagnosed",
    "Diagnosis": "gradsplit.studies.diagnosis.diagnosis",
    "DiagnosisCost": "gradsplit.studies.diagnosis.cost",
    "DropGrad": "gradsplit.training.methods.masked.dropgrad",
    "Finding": "gradsplit.training.data_check",
    "Fitted": "gradsplit.training.fit",
    "GradSplit": "gradsplit.engine.split",
    "GradientMask": "relations.mask",
    "GramWeights": "gradsplit.training.methods.balancing.combined",
    "Grouped": "gradsplit.studies.grouping.grouped",
    "Intervention": "gradsplit.studies.diagnosis.intervention",
    "Known": "gradsplit.studies.recommendation.candidate_source",
    "LastStage": "gradsplit.training.methods.own_parts.last_stage",
    "LayerNode": "gradsplit.engine.rules",
    "LossWeights": "gradsplit.training.methods.balancing.loss_weights",
    "MaskedTraining": "gradsplit.training.methods.masked.gradsplit",
    "Method": "gradsplit.training.methods.method",
    "MixedBatch": "gradsplit.engine.rules",
    "MultiHead": "gradsplit.training.methods.multi_head",
    "MultiTaskNetwork": "gradsplit.training.network",
    "NetworkFacts": "gradsplit.training.network_file",
    "OnTop": "gradsplit.training.methods.on_top",
    "OwnedTensor": "gradsplit.engine.rules",
    "Recipe": "gradsplit.training.taskset",
    "RecommendationCost": "gradsplit.studies.recommendation.budget.cost",
    "Recommended": "gradsplit.studies.recommendation.recommended",
    "ScoreWithSide": "gradsplit.training.score_with_side",
    "Scored": "gradsplit.training.other_set",
    "Step": "gradsplit.training.step",
    "Task": "relations.tasks",
    "TaskSet": "gradsplit.training.taskset",
    "TaskSetTrainer": "gradsplit.training.trainer",
    "Training": "gradsplit.training.loop",
    "attach_gradients": "gradsplit.engine.rules",
    "build_network": "gradsplit.training.network",
    "check_data": "gradsplit.studies.data_check",
    "check_exact": "gradsplit.engine.reference",
    "check_mask": "gradsplit.studies.mask_check",
    "check_taskset": "gradsplit.studies.taskset_check",
    "compare": "gradsplit.studies.comparison.compare",
    "contact_sheet": "gradsplit.tasksets.figures.contact_sheet",
    "demo": "gradsplit.studies.demo.demo",
    "diagnose": "gradsplit.studies.diagnosis.diagnose",
    "diagnosis_cost": "gradsplit.studies.diagnosis.cost",
    "endless_batches": "gradsplit.training.batches",
    "estimate": "gradsplit.studies.estimates.estimate",
    "estimator_names": "gradsplit.studies.estimates.registry",
    "export_people": "gradsplit.tasksets.human.export.write",
    "fit": "gradsplit.studies.fitting",
    "fit_ensemble": "gradsplit.studies.fitting",
    "generator": "gradsplit.training.seeding",
    "group": "gradsplit.studies.grouping.group",
    "load_network": "gradsplit.studies.network_loading",
    "load_taskset": "gradsplit.tasksets.registry",
    "masked_layer": "gradsplit.engine.rules",
    "measured_cost": "gradsplit.studies.probing",
    "network_facts": "gradsplit.studies.network_loading",
    "probe": "gradsplit.studies.probing",
    "read_people": "gradsplit.tasksets.human.sources",
    "recommend": "gradsplit.studies.recommendation.recommend",
    "recommend_function": "gradsplit.studies.recommendation.own_training.recommend_function",
    "recommend_program": "gradsplit.studies.recommendation.own_training.recommend_program",
    "recommendation_cost": "gradsplit.studies.recommendation.budget.plan",
    "register_cause": "gradsplit.studies.diagnosis.cause",
    "register_function": "gradsplit.engine.rules",
    "register_method": "gradsplit.training.methods.registry",
    "register_node": "gradsplit.engine.rules",
    "register_rule": "gradsplit.engine.rules",
    "register_source": "gradsplit.studies.recommendation.candidate_source",
    "report": "gradsplit.studies.report.report",
    "score": "gradsplit.studies.scoring",
    "seed_for": "gradsplit.training.seeding",
    "status": "gradsplit.studies.status",
    "to_group_norm": "gradsplit.engine.group_norm",
    "train": "gradsplit.studies.training",
    "train_grouping": "gradsplit.studies.grouping_training",
}

__all__ = [
    "Case",
    "Cause",
    "Channels",
    "CheckedData",
    "Compared",
    "Configuration",
    "DataCheck",
    "Diagnosed",
    "Diagnosis",
    "DiagnosisCost",
    "DropGrad",
    "Finding",
    "Fitted",
    "GradSplit",
    "GradientMask",
    "GramWeights",
    "Grouped",
    "Intervention",
    "Known",
    "LastStage",
    "LayerNode",
    "LossWeights",
    "MaskedTraining",
    "Method",
    "MixedBatch",
    "MultiHead",
    "MultiTaskNetwork",
    "NetworkFacts",
    "OnTop",
    "OwnedTensor",
    "Recipe",
    "RecommendationCost",
    "Recommended",
    "ScoreWithSide",
    "Scored",
    "Step",
    "Task",
    "TaskSet",
    "TaskSetTrainer",
    "Training",
    "attach_gradients",
    "build_network",
    "check_data",
    "check_exact",
    "check_mask",
    "check_taskset",
    "compare",
    "contact_sheet",
    "demo",
    "diagnose",
    "diagnosis_cost",
    "endless_batches",
    "estimate",
    "estimator_names",
    "export_people",
    "fit",
    "fit_ensemble",
    "generator",
    "group",
    "load_network",
    "load_taskset",
    "masked_layer",
    "measured_cost",
    "network_facts",
    "probe",
    "read_people",
    "recommend",
    "recommend_function",
    "recommend_program",
    "recommendation_cost",
    "register_cause",
    "register_function",
    "register_method",
    "register_node",
    "register_rule",
    "register_source",
    "report",
    "score",
    "seed_for",
    "status",
    "to_group_norm",
    "train",
    "train_grouping",
]

# Commands that are no functions here, and what does the same.
_LOADED = "relations.load_relations(SOURCE)"
_ELSEWHERE = {
    "graph": f"`analysis.save(analysis.relation_plot({_LOADED}), FILE)`",
    "heatmap": f"`analysis.save(analysis.relation_heatmap({_LOADED}), FILE)`",
    "mask": f"`relations.GradientMask.from_graph({_LOADED})`, which has `save`",
    "plan": "`relations.PairwiseProbe(...).plan()`, or `gradsplit.recommendation_cost`",
    "relations": f"`{_LOADED}`, printed; `relations` and `analysis` are packages of their own",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("gradsplit")
    if name not in _HOMES:
        hint = f". From Python it is {_ELSEWHERE[name]}." if name in _ELSEWHERE else ""
        raise AttributeError(f"module 'gradsplit' has no attribute {name!r}{hint}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
