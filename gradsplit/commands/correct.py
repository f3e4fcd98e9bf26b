"""`gradsplit correct DIR --lower TASK`: a metric's direction in a ledger was a mistake."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from gradsplit.errors import GradSplitError, all_problems, did_you_mean_file


@dataclass(kw_only=True)
class Correct:
    """Say anew which way a metric is better; nothing is trained again, no score changes."""

    POSITION: ClassVar[int] = 260

    folder: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="DIR")]
    """The folder of a probe or another study, or a ledger."""
    lower: tuple[str, ...] = ()
    """Tasks whose metric is better lower."""
    higher: tuple[str, ...] = ()
    """Tasks whose metric is better higher."""

    def run(self) -> int:
        """Correct every ledger of the folder and say what was turned."""
        from relations import correct_directions

        directions = self._directions()
        folders: list[Path] = []
        for ledger in _ledgers(Path(self.folder)):
            turned, kept = correct_directions(ledger, directions)
            said = ", ".join(
                f"{task} ({'higher' if directions[task] else 'lower'} is better)" for task in turned
            )
            print(f"{ledger}: {said or 'nothing to turn'}; {kept} finished runs are kept")
            if turned and ledger.parent not in folders:
                folders.append(ledger.parent)
        for folder in folders:
            _tell_former(folder)
        return 0

    def _directions(self) -> dict[str, bool]:
        """Task -> whether its metric is better higher.

        Raises:
            GradSplitError: None is named, or one both ways.
        """
        from gradsplit.commands.options.names import split_names

        lower, higher = split_names(self.lower), split_names(self.higher)
        if not lower + higher:
            raise GradSplitError("Name tasks: --lower for those better lower, --higher for others.")
        if both := sorted(set(lower) & set(higher)):
            problems = [f"`{task}` is in both." for task in both]
            raise GradSplitError(
                all_problems("`--lower` and `--higher` exclude each other", problems)
            )
        return {**dict.fromkeys(lower, False), **dict.fromkeys(higher, True)}


def _tell_former(folder: Path) -> None:
    """Say which files of a folder still have the former reading, and what makes them again."""
    from gradsplit.studies.former_reading import files_of_it

    found = files_of_it(folder)
    if found:
        print(
            f"these files in {folder} were made with the former reading; the same commands or "
            "calls make them again, from the runs that are kept:"
        )
    for command, names in found.items():
        print(f"  {command}: {', '.join(names)}")


def _ledgers(place: Path) -> list[Path]:
    """The ledgers of a folder, of which a recommendation has two; or the file itself.

    Raises:
        GradSplitError: There is none.
    """
    found = [place] if place.is_file() else sorted(place.glob("*.db"))
    if not found:
        raise GradSplitError(f"There is no ledger in `{place}`.{did_you_mean_file(place)}")
    return found
