"""Batch statistics: BatchNorm in the trunk keeps one mean and variance for data of two kinds."""

from torch.nn.modules.batchnorm import _BatchNorm

from gradsplit.studies.diagnosis.cause import Case, Cause, register_cause
from gradsplit.studies.diagnosis.intervention import Intervention
from gradsplit.studies.diagnosis.trunk_stages import trunk_of
from gradsplit.training.methods.own_parts.last_stage import LastStage


@register_cause
class BatchStatistics(Cause):
    """Every edge is examined with it where the trunk has BatchNorm.

    In training each task's batch is normalised by its own statistics; in use by running ones, in
    which the tasks' data are mixed. Withholding gradients leaves them mixed, so a harm that is
    gone without the source's gradient is a stage's, and is named first.
    """

    name = "batch statistics"
    order = 50
    priority = 5
    trained = "each BatchNorm of the trunk once for each task (1)"
    remedy = (
        "give each task the trunk's BatchNorms for itself, or use GroupNorm "
        "(`gradsplit.to_group_norm`): the statistics of {source} do not fit {target}"
    )

    def first(self, case: Case) -> list[Intervention]:
        """Each BatchNorm once for each of the two tasks."""
        norms = tuple(
            name
            for name, module in trunk_of(case.taskset).named_modules()
            if isinstance(module, _BatchNorm)
        )
        if not norms:
            return []
        return [Intervention("own BatchNorms", self.name, case.edge, LastStage(norms))]
