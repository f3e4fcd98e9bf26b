"""Estimates that are measured seed by seed and kept in files, so that a stop loses one seed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gradsplit.studies.estimates.estimator import Estimator, Measurement
from relations.errors import all_problems
from relations.estimates.estimate import Estimate, EstimateError
from relations.estimates.estimate_file import estimate_name, load_estimate, save_estimate
from relations.ledger.fingerprint import differences, fingerprint, library_versions, modernised

Measure = Callable[[Sequence[str], int], Iterable[tuple[str, Measurement]]]
"""(names, seed) -> what each of the named estimators measures in the seed."""


class Training(Protocol):
    """What names a training, now and as an earlier release did."""

    def settings(self) -> dict[str, Any]:
        """All that its scores depend on."""
        ...

    def modernised(self, settings: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an earlier release wrote for it, as `settings` gives it now."""
        ...


def seed_by_seed(
    estimators: Mapping[str, Estimator],
    measure: Measure,
    training: Training,
    folder: Path,
    seeds: Sequence[int],
) -> dict[str, Estimate]:
    """Measure the seeds that the folder's files lack; each is written before the next begins.

    Args:
        estimators: By the name in the file's name.
        measure: Measures one seed.
        training: What is trained, such as a `TaskSetTrainer`.
        folder: Of the files.
        seeds: All seeds that are wanted.

    Raises:
        EstimateError: A file was made with other settings, or is unsound.
    """
    paths = {name: folder / estimate_name(name) for name in estimators}
    made = {"training": training.settings(), "libraries": library_versions()}
    settings = {
        name: {"estimator": estimator.settings(), **made} for name, estimator in estimators.items()
    }
    known = {name: load_estimate(path) for name, path in paths.items() if path.is_file()}
    for name, estimate in known.items():
        check_settings(paths[name], _as_now(estimate.settings, training), settings[name])
    for seed in seeds:
        lacking = [
            name for name in estimators if name not in known or seed not in known[name].seeds
        ]
        for name, measured in measure(lacking, seed):
            before = known.get(name)
            known[name] = _with_seed(before, estimators[name], settings[name], seed, measured)
            save_estimate(known[name], paths[name])
    return known


def _as_now(settings: Mapping[str, Any], training: Training) -> Mapping[str, Any]:
    """Settings of a file as they are written now; the first release named libraries elsewhere."""
    trained = settings.get("training")
    if not isinstance(trained, Mapping):
        return settings
    named = settings.get("libraries", trained.get("versions", {}))
    libraries = {name: named[name] for name in library_versions() if name in named}
    return modernised(
        {**settings, "training": training.modernised(trained), "libraries": libraries}
    )


def check_settings(path: Path, then: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Refuse to mix seeds that were measured in different ways.

    Args:
        path: The file.
        then: The settings of its seeds.
        settings: Those of the seeds to come.

    Raises:
        EstimateError: With the differences.
    """
    if fingerprint(then) != fingerprint(settings):
        raise EstimateError(
            all_problems(
                f"`{path}` was made with other settings; seeds are never mixed. Use another "
                "folder, or move the file away and make the estimate again",
                [line.replace("in the ledger", "then") for line in differences(then, settings)],
            )
        )


def _with_seed(
    before: Estimate | None,
    estimator: Estimator,
    settings: Mapping[str, Any],
    seed: int,
    measured: Measurement,
) -> Estimate:
    """An estimate with a seed more."""
    values, noise = measured.values[None], measured.se[None]
    diagnostics = {**measured.diagnostics, "scores": dict(measured.scores)}
    if before is not None:
        values = np.concatenate([before.samples, values])
        old = np.full_like(before.samples, np.nan) if before.noise is None else before.noise
        noise = np.concatenate([old, noise])
    return Estimate(
        estimator.name,
        estimator.unit,
        measured.tasks,
        (*(before.seeds if before else ()), seed),
        values,
        noise,
        trainings=measured.trainings + (before.trainings if before else 0),
        seconds=measured.seconds + (before.seconds if before else 0),
        symmetric=estimator.symmetric,
        settings=settings,
        diagnostics=(*(before.diagnostics if before else ()), diagnostics),
    )
