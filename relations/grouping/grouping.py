"""A grouping: which networks to train, for which tasks, and who is served by which."""

import json
from dataclasses import dataclass
from pathlib import Path

from relations.errors import GroupingError
from relations.grouping.grouping_facts import GroupingFacts
from relations.grouping.grouping_file import grouping_json, read_grouping
from relations.grouping.grouping_text import grouping_text
from relations.tables.whole_file import write_whole


@dataclass(frozen=True)
class Grouping(GroupingFacts):
    """The best choice of networks that was asked for; see `GroupingFacts` for what it holds.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "mine.json"
        ...     _ = file.write_text('{"groups": [["pose", "reid"], ["parsing"]]}')
        ...     Grouping.load(file).serves
        {'pose': 0, 'reid': 0, 'parsing': 1}
    """

    def to_json(self) -> str:
        """The grouping as its file holds it; see docs/formats.md."""
        return json.dumps(grouping_json(self), indent=2, ensure_ascii=False)

    def save(self, path: str | Path) -> None:
        """Write it as a file, which `gradsplit train --grouping` takes.

        Raises:
            GroupingError: It cannot be written there.
        """
        try:
            write_whole(Path(path), self.to_json() + "\n")
        except OSError as error:
            raise GroupingError(
                f"The grouping cannot be written to `{path}` ({error.strerror})."
            ) from error

    @classmethod
    def load(cls, path: str | Path) -> "Grouping":
        """Read a file that `save` has written, or one by hand with `groups` and `serves`.

        Raises:
            GroupingError: It is none, or does not fit together; all problems at once.
        """
        return cls(**read_grouping(Path(path)))

    def __str__(self) -> str:
        return grouping_text(self)
