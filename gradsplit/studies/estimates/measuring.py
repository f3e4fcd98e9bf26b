"""Estimates from the command line's options: measured seed by seed, kept in the probe's folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from gradsplit.studies.estimates.estimators.estimator import Estimator, Measurement
    from gradsplit.training.trainer import TaskSetTrainer
    from relations.estimates.estimate import Estimate
    from relations.executors import Executor

EstimatorName = Literal["lookahead", "gradients", "proximal", "linear", "surrogate"]


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

    def estimate(self, trainer: "TaskSetTrainer", folder: Path, place: "Executor") -> "Estimate":
        """The estimate in the folder, with what is missing measured and written first.

        Args:
            trainer: Of the task set.
            folder: The probe's folder.
            place: Where runs of subsets are trained; joint runs are trained in this process.

        Raises:
            EstimateError: The folder holds one that was made with other settings.
            GradSplitError: It cannot be measured.
        """
        if self.estimator == "surrogate":
            from gradsplit.studies.estimates.surrogate_runs import surrogate_of_subsets

            return surrogate_of_subsets(trainer, folder, range(self.estimate_seeds), place)
        from gradsplit.studies.estimates.estimators.registry import make_estimator

        options = {} if self.every is None else {"every": self.every}
        estimator = make_estimator(str(self.estimator), **options)
        seeds = range(self.estimate_seeds)
        name = estimator.name
        return measured_estimates({name: estimator}, trainer, folder, seeds)[name]

    def estimate_runs(self, estimate: "Estimate") -> int:
        """How many trainings an estimate has taken: one joint run a seed, or those of subsets."""
        runs = estimate.settings.get("runs a seed", 1)
        return len(estimate.seeds) * (runs if isinstance(runs, int) else 1)


def measured_estimates(
    estimators: "Mapping[str, Estimator]", trainer: "TaskSetTrainer", folder: Path, seeds: range
) -> "dict[str, Estimate]":
    """Measure the seeds that the folder's files lack; each is written before the next begins.

    Estimators that watch a joint run share one.

    Args:
        estimators: By the name in the file's name.
        trainer: Of the task set.
        folder: Of the files.
        seeds: All seeds that are wanted.

    Raises:
        EstimateError: A file was made with other settings, or is unsound.
        GradSplitError: There is no seed, or the training fails.
    """
    import torch

    from gradsplit.errors import GradSplitError
    from relations.estimates.estimate_file import estimate_name, load_estimate, save_estimate

    if not seeds:
        raise GradSplitError("`--estimate-seeds` must be 1 or more.")
    torch.set_num_threads(trainer.threads)
    paths = {name: folder / estimate_name(name) for name in estimators}
    settings = {
        name: {"estimator": one.settings(), "training": trainer.settings()}
        for name, one in estimators.items()
    }
    known = {name: load_estimate(path) for name, path in paths.items() if path.is_file()}
    for name, estimate in known.items():
        check_settings(paths[name], estimate, settings[name])
    for seed in seeds:
        lacking = {
            name: one
            for name, one in estimators.items()
            if name not in known or seed not in known[name].seeds
        }
        for name, found in _measured(lacking, trainer, seed):
            known[name] = _with_seed(known.get(name), estimators[name], settings[name], seed, found)
            save_estimate(known[name], paths[name])
    return known


def _measured(
    estimators: "Mapping[str, Estimator]", trainer: "TaskSetTrainer", seed: int
) -> "Iterator[tuple[str, Measurement]]":
    """One seed's measurements by name, those that watch a joint run first."""
    from gradsplit.studies.estimates.estimators.estimator import Watching, measure_together

    watching = {name: one for name, one in estimators.items() if isinstance(one, Watching)}
    if watching:
        together = measure_together(
            [*watching.values()], trainer.taskset, seed, device=trainer.device
        )
        yield from zip(watching, together, strict=True)
    for name, one in estimators.items():
        if name not in watching:
            yield name, one.measure(trainer.taskset, seed, device=trainer.device)


def check_settings(path: Path, estimate: "Estimate", settings: Mapping[str, Any]) -> None:
    """Refuse to mix seeds that were measured in different ways.

    Raises:
        EstimateError: With the differences.
    """
    from relations.errors import all_problems
    from relations.estimates.estimate import EstimateError
    from relations.ledger.fingerprint import differences, fingerprint

    if fingerprint(estimate.settings) != fingerprint(settings):
        raise EstimateError(
            all_problems(
                f"`{path}` was made with other settings; seeds are never mixed. Use another "
                "folder, or move the file away",
                [
                    line.replace("in the ledger", "then")
                    for line in differences(estimate.settings, settings)
                ],
            )
        )


def _with_seed(
    before: "Estimate | None",
    estimator: "Estimator",
    settings: Mapping[str, Any],
    seed: int,
    found: "Measurement",
) -> "Estimate":
    """An estimate with one more seed."""
    from relations.estimates.estimate import Estimate

    values, noise = found.values[None], found.se[None]
    if before is not None:
        values = np.concatenate([before.samples, values])
        old = np.full_like(before.samples, np.nan) if before.noise is None else before.noise
        noise = np.concatenate([old, noise])
    diagnostics = {**found.diagnostics, "scores": dict(found.scores)}
    return Estimate(
        estimator.name,
        estimator.unit,
        found.tasks,
        (*(() if before is None else before.seeds), seed),
        values,
        noise,
        trainings=found.trainings + (0 if before is None else before.trainings),
        seconds=found.seconds + (0 if before is None else before.seconds),
        symmetric=estimator.symmetric,
        settings=settings,
        diagnostics=(*(() if before is None else before.diagnostics), diagnostics),
    )
