"""What of the code that trains is in the fingerprint of its runs.

A ledger never mixes runs of different trainings, and never throws runs away that are the same
(docs/formats.md). Code of this library is named by small numbers that are raised by hand, not by
digests of its files: a move or a release changes those and no training. There is one `revision` for

- the training itself, `TRAINING` below: the loop, seeds, batches, optimizers, and the parts that
  own task sets may be made of (`gradsplit.tasksets.parts`);
- each task set that comes with gradsplit (the class attribute of `TaskSet`);
- each method (the class attribute of `Method`).

Whoever changes what one of them trains, so that a score moves by more than rounding, raises its
number by one. tests/contract/test_pinned_trainings.py holds scores of all of them and fails when
they move without it. Code of users is not known to anyone who could raise a number, so it is
digested: a task set's class and its bases as far as they are not gradsplit's, and what they reach
(`relations.watch`). A `revision` in a
class outside this package is one more setting and replaces no digest.
"""

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Mapping
from itertools import takewhile
from typing import Any, ClassVar, Protocol

from relations.digests import code_digest, digest, without_docstrings

TRAINING = 1
"""The revision of the training loop and all that every training uses."""

# Where the base of all task sets is defined, which imports this file.
_BASE = "gradsplit.training.taskset"
_UNREADABLE = "unknown"  # instead of a digest, where nobody can read the source

# Source and code of the built-in task sets in ledgers from before there were revisions, by Python
# 3.11, 3.12 and 3.13; they train what their revision 1 does.
_REVISION_1 = frozenset(
    {
        ("8cbcbaa278a92e22", None),  # planted
        ("72ad076bc553b4ea", None),
        ("b26b7f6a588895f7", None),
        ("47833cf8bdee8f2e", None),  # causes
        ("8f3bed369f50e3d5", None),
        ("662a7c84f268d643", None),
        ("11993c536cb604fa", None),  # faces
        ("4f16ea775a539a07", None),
        ("4215687489d218f9", None),
        ("585ed8f4bb891922", "fdc96f8a224781f0"),  # figures
        ("b1fc5e62706dc10c", "1b0f434c821216ff"),
        ("8235812a937c2471", "7b95f6f4e97cd7b6"),
        ("391ff5ad0da8a14e", "2947cfd5d4a427bf"),  # human
        ("e0fa1a4baeed4fea", "31fcae48b9da2115"),
        ("0db09c45c529d5b0", "eff34df92786438f"),
    }
)


class Revised(Protocol):
    """A task set, as far as it matters here."""

    revision: ClassVar[int | None]


def code_of(taskset: Revised) -> dict[str, Any]:
    """What names the code of a task set among its settings: `revision`, `source` or both."""
    kinds, revision = _below_task_set(taskset), taskset.revision
    own = kinds if revision is None else [kind for kind in kinds if not _is_ours(kind)]
    by_hand = {} if revision is None else {"revision": revision}
    return by_hand | ({"source": _source_digest(own)} if own else {})


def without_addresses(text: str) -> str:
    """A text without the places in memory that it names, which are others in every process.

    Example:
        >>> without_addresses("<function relu at 0x7f12ab34cd56>")
        '<function relu>'
    """
    return re.sub(r" at 0x[0-9A-Fa-f]+", "", text)


def modernised(settings: Mapping[str, Any], taskset: Revised) -> Mapping[str, Any]:
    """Settings of a task set that an earlier release wrote, as they are now.

    It held places in memory and, before there were revisions, digests of source. Settings of other
    code stay as they are, so that they are refused.
    """
    if "options" in settings:
        options = json.loads(without_addresses(json.dumps(settings["options"])))
        settings = {**settings, "options": options}
    kinds = _below_task_set(taskset)
    code = settings.get("source"), settings.get("code")
    ours = all(_is_ours(kind) for kind in kinds)
    if code in _REVISION_1 if ours else code == (_earlier_source_digest(kinds), None):
        kept = {key: value for key, value in settings.items() if key not in ("source", "code")}
        return kept | ({"revision": 1} if ours else code_of(taskset))
    return settings


def _below_task_set(taskset: Revised) -> list[type]:
    """The class of a task set and its bases, as far as the base of all."""
    return list(takewhile(lambda kind: kind.__module__ != _BASE, type(taskset).__mro__))


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("gradsplit.")


def _source_digest(kinds: list[type]) -> str:
    """A digest of the source of classes, blind to documentation and layout."""
    try:
        return digest(*(code_digest(inspect.getsource(kind)) for kind in kinds))
    except (OSError, TypeError):
        return _UNREADABLE


def _earlier_source_digest(kinds: list[type]) -> str:
    """The digest of classes that ledgers held before; other versions of Python give others."""
    try:
        trees = [ast.parse(textwrap.dedent(inspect.getsource(kind))) for kind in kinds]
    except (OSError, TypeError):
        return _UNREADABLE
    return digest(*(ast.dump(without_docstrings(tree)) for tree in trees))
