"""`gradsplit figures`: look at the drawn people, or write them as a published data set."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import tyro

from gradsplit.errors import TaskSetError, all_problems
from gradsplit.tasksets.figures.light import Light
from gradsplit.tasksets.human.export.write import FORMATS, Format


@dataclass(kw_only=True)
class Figures:
    """Draw people: a contact sheet (--out) or a data set in a published format (--export, --as).

    The sheet shows key points and part masks too.
    """

    POSITION: ClassVar[int] = 530

    out: str | None = None
    """The contact sheet: .png, .svg or .pdf."""
    export: str | None = None
    """A new or empty folder for a data set of drawn people; give --as with it."""
    as_: Annotated[Format | None, tyro.conf.arg(name="as", metavar=f"{{{','.join(FORMATS)}}}")] = (
        None
    )
    """The data set whose format --export writes; market1501 comes with its attributes, mpii with
    its JSON conversion, lip with joints."""
    pictures: int | None = None
    """Training pictures of --export (default 600); those to be judged on come on top."""
    height: int | None = None
    """Height of a person's picture of --export, in pixels (default 128)."""
    light: Light | None = None
    """When the pictures of --export are taken: day (the default), or night, for a second set."""
    seed: int = 0
    """Which people."""

    def run(self) -> int:
        """Draw and save it."""
        self._check()
        if self.out is not None:
            from analysis import save
            from gradsplit import contact_sheet

            save(contact_sheet(seed=self.seed), self.out)
            print(f"written: {self.out}")
        elif self.export is not None and self.as_ is not None:
            from gradsplit import export_people

            sizes = {"pictures": self.pictures, "height": self.height, "light": self.light}
            given = {name: value for name, value in sizes.items() if value is not None}
            folder = export_people(self.export, self.as_, seed=self.seed, **given)
            print(f"written: {folder}, drawn people in the format of {self.as_}")
        return 0

    def _check(self) -> None:
        """Refuse options that do not go together.

        Raises:
            TaskSetError: With all of them.
        """
        problems = []
        if (self.out is None) == (self.export is None):
            problems.append(
                "give one of --out FILE (a contact sheet) and --export DIR (a data set)."
            )
        if self.export is not None and self.as_ is None:
            problems.append(f"--export needs --as {', '.join(FORMATS[:-1])} or {FORMATS[-1]}.")
        if self.export is None:
            problems += [
                f"--{name} goes with --export."
                for name, value in (
                    ("as", self.as_),
                    ("pictures", self.pictures),
                    ("height", self.height),
                    ("light", self.light),
                )
                if value is not None
            ]
        if problems:
            raise TaskSetError(
                all_problems("`gradsplit figures` cannot tell what to draw", problems)
            )
