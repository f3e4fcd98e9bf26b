"""Code in a fingerprint: what of it changed since runs were trained, and how it is said."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relations.errors import LedgerError, all_problems, argument
from relations.ledger.fingerprint import Settings

CODE, SOURCE = "code", "source"
_TASK_SET = "task set"


def without_code(settings: Settings) -> dict[str, object]:
    """Settings without the digests of the user's own code."""
    kept = {name: value for name, value in settings.items() if name != CODE}
    inner = kept.get(_TASK_SET)
    if isinstance(inner, Mapping):
        # A task set may stand around another, as that of swapped labels does.
        kept[_TASK_SET] = without_code(
            {name: value for name, value in inner.items() if name != SOURCE}
        )
    return kept


def changed_code(old: Settings, new: Settings) -> list[str]:
    """What of the code is known of both and differs, by name.

    What only one of them names tells nothing: the code that led there differs as well, or the
    program was started in another folder.

    Example:
        >>> changed_code({"code": {"value N of my.py": "a"}}, {"code": {"value N of my.py": "b"}})
        ['the value N of my.py changed']
    """
    before, after = _code(old), _code(new)
    subject = before.pop("subject", None), after.pop("subject", None)
    if None not in subject and subject[0] != subject[1]:
        return [f"the runs are of the {subject[0]}, now the {subject[1]} trains"]
    changed = [
        f"the {name} changed"
        for name, content in after.items()
        if before.get(name, content) != content
    ]
    sources = _source(old), _source(new)
    if not changed and sources[0] != sources[1]:
        changed = [f"task set.source: {sources[0]} in the ledger, {sources[1]} now"]
    return changed


def is_unknown(old: Settings, new: Settings) -> bool:
    """Whether old settings are from before code was watched."""
    return CODE in new and CODE not in old


def with_known_code(old: Settings, new: Settings) -> Settings:
    """New settings that also keep what only the old ones know of the code."""
    both = {**_code(old), **_code(new)}
    return {**new, CODE: both} if both else new


def _code(settings: Settings) -> dict[str, object]:
    code = settings.get(CODE)
    return dict(code) if isinstance(code, Mapping) else {}


def _source(settings: Settings) -> object:
    inner = settings.get(_TASK_SET)
    return inner.get(SOURCE, _source(inner)) if isinstance(inner, Mapping) else None


@dataclass(frozen=True)
class Taken:
    """Runs that were taken from a ledger instead of being trained.

    Attributes:
        trained: When each was finished, in seconds since 1970.
        accepted: Changes of code since some of them were trained, that were accepted.
        unknown: Their code is unknown: they were trained before code was watched.
        unseen: What is not watched, in words.
    """

    trained: Sequence[float] = ()
    accepted: Sequence[str] = ()
    unknown: bool = False
    unseen: str = ""

    def __str__(self) -> str:
        """In words; "" when nothing was taken.

        Example:
            >>> print(Taken([0.0, 86400.0]))
            from the ledger: 2 runs, trained 1970-01-01 to 1970-01-02
        """
        if not self.trained:
            return ""
        lines = [f"from the ledger: {_counted(self.trained)}, trained {days(self.trained)}"]
        if self.accepted:
            lines.append(f"accepted all the same: {'; '.join(dict.fromkeys(self.accepted))}")
        if self.unknown:
            lines.append("their code was not watched yet; from now on it is taken to be this one")
        return "\n".join([*lines, *([self.unseen] if self.unseen else [])])


def days(times: Sequence[float]) -> str:
    """The day, or the first and the last, of moments."""
    first, last = (time.strftime("%Y-%m-%d", time.gmtime(at)) for at in (min(times), max(times)))
    return first if first == last else f"{first} to {last}"


def refusal(where: str, changed: Sequence[str], trained: Sequence[float]) -> LedgerError:
    """The error that names what changed, and what to do.

    Args:
        where: What holds the runs, e.g. "The ledger `probe.db`".
        changed: From `changed_code`.
        trained: When the runs were finished.
    """
    lines = [
        f"{line} since the {_counted(trained)} of {days(trained)} were trained"
        if line.endswith("changed")
        else line
        for line in changed
    ]
    # Only a command has a folder to choose; in Python the ledger has many names.
    out = argument("out")
    another = f"another ledger ({out})" if out.startswith("`--") else "another ledger"
    return LedgerError(
        all_problems(
            f"{where} holds runs of other code; runs are never mixed. Use {another}, the old code, "
            "or, if the change moves no score, "
            f"{argument('accept_changed_code', True)}, which is recorded",
            lines,
        )
    )


def _counted(times: Sequence[float]) -> str:
    return "1 run" if len(times) == 1 else f"{len(times)} runs"
