"""Errors of a ledger whose runs were made with other settings, in words."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from relations.errors import LedgerError, all_problems
from relations.ledger.fingerprint import Settings, differences, recorded_versions
from relations.running.placeholders import placeholders
from relations.tasks import Task


def turned_tasks(path: Path, tasks: Sequence[Task]) -> LedgerError:
    """Tasks whose direction is another one in the ledger."""
    words = [
        word
        for option, higher in (("--lower", False), ("--higher", True))
        if (turned := [task.name for task in tasks if task.higher_is_better is higher])
        for word in (option, *turned)
    ]
    problems = [
        f"`{task.name}` has higher_is_better={not task.higher_is_better} in the ledger, "
        f"{task.higher_is_better} now."
        for task in tasks
    ]
    command = shlex.join(["gradsplit", "correct", str(path), *words])
    return LedgerError(
        all_problems(f"Tasks of the ledger `{path}`", problems)
        + f"\nIf the ledger is wrong, correct it by `{command}` (in Python "
        "`relations.correct_directions`): no score changes, nothing is trained again. If the "
        "metric is another one, use another ledger."
    )


def at_work(path: Path, lines: Sequence[str]) -> LedgerError:
    """Another probe is at work with other settings or code, and no run is finished yet.

    Args:
        path: The ledger.
        lines: The differences.
    """
    return LedgerError(
        f"Another probe trains otherwise on the ledger `{path}` just now: {'; '.join(lines)}. Let "
        "it end (one that was killed is forgotten after half a minute), or use another ledger."
    )


def other_settings(
    path: Path,
    variant: str,
    before: Settings,
    now: Settings,
    versions: Sequence[Mapping[str, str]],
) -> LedgerError:
    """Settings that are not those of a variant's runs.

    Args:
        path: The ledger.
        variant: The variant; "" for the probe's own runs.
        before: The settings of its runs.
        now: Those of the runs to come.
        versions: What the runs were made with.
    """
    name, lines = f"variant {variant!r}" if variant else "the probe", differences(before, now)
    remedy = "Use another ledger, or the old settings"
    if any("revision" in line.partition(":")[0] for line in lines):
        releases = dict.fromkeys(some.get("gradsplit", "unknown") for some in versions)
        release = recorded_versions().get("gradsplit")
        remedy = (
            "A raised `revision` says that gradsplit trains otherwise now (this is "
            f"{release}, they were made with {' and '.join(releases)}). "
            "Use another ledger, or go on with that release"
        )
    return LedgerError(
        all_problems(
            f"The ledger `{path}` holds runs of {name} made with other settings; runs are never "
            f"mixed. {_other_placeholders(before, now)}{remedy}",
            lines,
        )
    )


def _other_placeholders(before: Settings, now: Settings) -> str:
    """Why runs of a command that was told of more, or less, are not taken; "" of the same."""
    told = [
        placeholders(command) if isinstance(command := settings.get("command"), str) else set()
        for settings in (before, now)
    ]
    if not all(told) or told[0] == told[1]:
        return ""
    names = " and ".join(f"{{{name}}}" for name in sorted(told[0] ^ told[1]))
    return (
        f"The commands differ by {names}, and nobody can tell from outside that the program trains "
        "the same with and without: write it from the first run on. "
    )
