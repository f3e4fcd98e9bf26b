"""Which estimator, and how much it may cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gradsplit.studies.estimates.registry import estimator_names

if TYPE_CHECKING:
    from gradsplit.training.taskset import TaskSet
    from relations.estimates.estimate import Estimate
    from relations.executors import Executor

    EstimatorName = str
else:
    EstimatorName = Literal[estimator_names()]


@dataclass(kw_only=True)
class EstimateOptions:
    """Which estimator, and how much it may cost."""

    estimator: EstimatorName | None = None
    """Estimate relations instead of probing them, from joint runs (surrogate: from runs of random
    subsets). See docs/estimators.md for how far that can be trusted."""
    estimate_seeds: int = 1
    """Joint runs of the estimator, one a seed."""
    every: int | None = None
    """Steps between two looks of the estimator; 10 when not given."""

    def estimate(
        self,
        taskset: "TaskSet",
        folder: Path,
        device: str,
        executor: "Executor",
        trail: Mapping[str, Any] = {},
    ) -> "Estimate":
        """The estimate in the folder, with what is missing measured and written first."""
        from gradsplit.studies.estimates.estimate import estimate

        of_estimator: dict[str, Any] = {} if self.every is None else {"every": self.every}
        return estimate(
            taskset,
            str(self.estimator),
            out=folder,
            estimate_seeds=self.estimate_seeds,
            device=device,
            executor=executor,
            **trail,
            **of_estimator,
        )
