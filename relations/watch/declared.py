"""What a user says of a training that cannot be found in its code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from relations.errors import RelationsError
from relations.watch.own_files import OwnFiles
from relations.watch.python_files import file_digest, imported_files
from relations.watch.reach import watched_code
from relations.watch.watched import Watched


@dataclass(frozen=True)
class Declared:
    """What is said of a training beside the training itself.

    Attributes:
        settings: What changes a score and no code shows, as JSON values.
        depends: Files or folders whose content changes a score.
        accept_changed_code: Take runs of other code as runs of this one, which is recorded.
    """

    settings: Mapping[str, object] = field(default_factory=dict)
    depends: tuple[str | Path, ...] = ()
    accept_changed_code: bool = False


def watched(train: object, depends: Iterable[str | Path] = ()) -> Watched:
    """All that is watched of a training.

    Args:
        train: The trainer; what it names by `watched()` goes before what can be found.
        depends: Further files or folders.

    Raises:
        RelationsError: A file or folder does not exist.
    """
    of_trainer = getattr(train, "watched", None)
    code = of_trainer() if of_trainer is not None else watched_code(train)
    return Watched({**code.code, **_digests(depends)}, code.subject, code.unseen)


def _digests(depends: Iterable[str | Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in map(Path, depends):
        if not path.exists():
            raise RelationsError(f"`{path}`, which the training depends on, does not exist.")
        files = OwnFiles(Path.cwd())
        found |= imported_files(path, files) if path.suffix == ".py" else {}
        found.setdefault(f"file {files.label(path) or path.name}", file_digest(path))
    return found
