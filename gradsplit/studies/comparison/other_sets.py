"""Other task sets that the networks of a comparison are scored on, right after their training.

What comes out are side scores of the runs, `reid@on night #1a2b3c4d`: in the ledger, and judging
nothing there. The digest is that of the other set's settings, so that scores on other data or by
other options are never taken for these.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradsplit.errors import GradSplitError, all_problems, argument, first_names
from gradsplit.studies.arguments import the_taskset
from gradsplit.studies.comparison.kept_networks import RunNetworks
from gradsplit.tasksets.with_options import load_with_options
from relations.digests import digest
from relations.side_scores import plain_name, side_name

if TYPE_CHECKING:
    from gradsplit.training.fit import Fitted
    from gradsplit.training.methods.method import Method
    from gradsplit.training.network import MultiTaskNetwork
    from gradsplit.training.taskset import TaskSet
    from relations.runs import Outcome, Run


# No reference to a task set has an equals sign before its options, which a colon begins.
_NAMED = re.compile(r"(?P<label>[^:=/\\]+)=(?P<rest>.+)", re.DOTALL)
_MOST_LETTERS = 120
_MOST_NAMED = 8


@dataclass(frozen=True)
class OtherSet:
    """One of them.

    Attributes:
        label: Its name in tables.
        taskset: The task set.
        tasks: Those of a joint run that are scored on it.
        notes: What is left out, and what else is to be known.
    """

    label: str
    taskset: "TaskSet"
    tasks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def key(self, task: str) -> str:
        """The name of a task's score on this set among the side scores of a run."""
        settings = json.dumps(self.taskset.settings(), sort_keys=True, default=str)
        return side_name(task, f"on {self.label} #{digest(settings)[:8]}")


@dataclass(frozen=True)
class OtherSets:
    """Scores the networks of runs; `TaskSetTrainer` calls it after each run.

    Attributes:
        others: The task sets, one or more.
        kept: The runs' networks.
    """

    others: tuple[OtherSet, ...]
    kept: RunNetworks

    @property
    def tasksets(self) -> tuple["TaskSet", ...]:
        """See `gradsplit.training.afterwards`."""
        return tuple(other.taskset for other in self.others)

    def __call__(self, run: "Run", fitted: "Fitted") -> dict[str, float]:
        """See `gradsplit.training.afterwards`.

        A score that fails must not cost the training: it is taken again from the network that is
        kept, and fails there in words.
        """
        try:
            return self._scores(run, fitted.network)
        except Exception:  # whatever modules and metrics of anybody's raise
            return {}

    def check(self, done: Iterable["Outcome"]) -> None:
        """Refuse finished runs that have no scores on these sets and whose networks are not kept.

        Raises:
            GradSplitError: With the runs that would have to be trained again.
        """
        lost = [one.run for one in done if self._missing(one) and not self.kept.has(one.run)]
        if lost:
            raise GradSplitError(_again(lost))

    def completed(
        self, done: Sequence["Outcome"], methods: Mapping[str, "Method | None"]
    ) -> dict["Run", dict[str, float]]:
        """Scores of finished runs that miss some, by the networks that are kept.

        Args:
            done: Finished runs.
            methods: Variant -> method.

        Returns:
            Run -> its scores on all sets, of the runs that missed one.

        Raises:
            GradSplitError: A kept network is damaged or of another training; or a score fails.
        """
        found: dict[Run, dict[str, float]] = {}
        lost = []
        for one in done:
            if not self._missing(one):
                continue
            network = self.kept.read(one.run, methods[one.run.variant])
            if network is None:
                lost.append(one.run)
            else:
                found[one.run] = self._scores(one.run, network)
        if lost:
            raise GradSplitError(_again(lost))
        return found

    def _missing(self, outcome: "Outcome") -> bool:
        return outcome.scores is not None and any(
            other.key(task) not in outcome.side
            for other in self.others
            for task in other.tasks
            if task in outcome.run.tasks
        )

    def _scores(self, run: "Run", network: "MultiTaskNetwork") -> dict[str, float]:
        from gradsplit.training.other_set import score_on

        own = self.kept.taskset.for_seed(run.seed)
        outputs = {task: own.outputs(task) for task in run.tasks}
        found: dict[str, float] = {}
        for other in self.others:
            try:
                scored = score_on(network, other.taskset.for_seed(run.seed), outputs)
            except GradSplitError as fault:
                raise GradSplitError(
                    f"{run} cannot be scored on `{other.label}`: {fault}. "
                    f"Without {argument('also')} all other scores are there."
                ) from fault
            found |= {other.key(task): score for task, score in scored.items()}
        return found


def other_sets(also: object, taskset: "TaskSet", folder: Path) -> OtherSets | None:
    """The other task sets as they were asked for; None where there are none.

    Args:
        also: Names with options such as "figures:light=night,data_seed=1", perhaps with a name for
            tables before, "night=figures:light=night"; or task sets; or a mapping from such names.
        taskset: What is trained.
        folder: Of the comparison; networks are kept in one of its own in it.

    Raises:
        GradSplitError: One is none, is given twice, or shares nothing that can be scored; all
            problems at once.
    """
    from gradsplit.training.kept_networks import FOLDER

    problems: list[str] = []
    found: dict[str, OtherSet] = {}
    for label, given in _named(also):
        try:
            other = _other(label, given, taskset)
        except GradSplitError as wrong:
            problems.append(str(wrong))
            continue
        if other.label in found:
            problems.append(f"`{other.label}` is given twice.")
        found[other.label] = other
    if problems:
        raise GradSplitError(all_problems("Networks cannot be scored on other sets", problems))
    kept = RunNetworks(folder / FOLDER, taskset)
    return OtherSets(tuple(found.values()), kept) if found else None


def _named(also: object) -> list[tuple[str, object]]:
    if isinstance(also, Mapping):
        return [(str(label), given) for label, given in also.items()]
    if isinstance(also, str) or not isinstance(also, Iterable):
        raise GradSplitError(
            f"{argument('also')} takes a list of task sets, such as ['figures:light=night'], got "
            f"{also!r}."
        )
    return [_apart(given) for given in also]


def _apart(given: object) -> tuple[str, object]:
    """A task set and what it is called in tables: as said, a file by its name wherever it lies."""
    if not isinstance(given, str):
        return str(getattr(given, "name", "")), given
    named = _NAMED.fullmatch(given)
    if named is not None:
        return named["label"].strip(), named["rest"]
    return Path(given).stem if given.endswith(".toml") else given, given


def _other(label: str, given: object, taskset: "TaskSet") -> OtherSet:
    from gradsplit.training.network import build_network
    from gradsplit.training.other_set import cannot_predict, matched

    loaded = load_with_options(given) if isinstance(given, str) else the_taskset(given)  # type: ignore[arg-type]
    own, there = taskset.for_seed(0), loaded.for_seed(0)
    outputs = {task: own.outputs(task) for task in own.task_names}
    network = build_network(own, own.task_names, 0)
    shared, left_out = matched(network, there, outputs)
    if not shared:
        why = "; ".join(f"{task}: {reason.rstrip('.')}" for task, reason in left_out.items())
        raise GradSplitError(f"`{label}` shares no task that can be scored: {why}.")
    problem = cannot_predict(network, there, shared)
    if problem:
        raise GradSplitError(f"Networks of `{own.name}` cannot take inputs of `{label}`: {problem}")
    notes = [f"{task} is left out: {why}" for task, why in left_out.items()]
    notes += [f"{task}: {one.said}" for task, one in shared.items() if one.said]
    return OtherSet(plain_name(label)[:_MOST_LETTERS], loaded, tuple(shared), tuple(notes))


def _again(lost: Sequence["Run"]) -> str:
    """What would have to be trained again, and what to do."""
    return (
        f"{len(lost)} finished runs would have to be trained again, as they have no scores on the "
        f"other sets and their networks are not kept: {first_names(lost, _MOST_NAMED)}. "
        f"Compare into a new folder, or leave {argument('also')} out."
    )
