"""A reader of files under test: valid files, changes of them, and what is read."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, ClassVar

Files = Mapping[str, bytes]
"""Contents by the names of files in one folder."""


class Reader(ABC):
    """One reader.

    Attributes:
        name: As the command line knows it.
        written: Names that reading may leave in the folder, beside the input's own; "*" for any.
    """

    name: ClassVar[str]
    written: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def originals(self) -> list[Any]:
        """Valid contents, in the form that is changed."""

    @abstractmethod
    def same(self, random: Random, original: Any) -> Files:
        """Files that mean what the original means."""

    @abstractmethod
    def changed(self, random: Random, original: Any) -> Files:
        """Files that mean something else, or nothing."""

    @abstractmethod
    def read(self, folder: Path) -> Any:
        """What is read, used as the commands use it; equal for files of the same meaning."""
