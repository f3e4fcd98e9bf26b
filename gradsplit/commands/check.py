"""`gradsplit check MASK|TASKSET`: is a mask sound, does it fit; are a task set's files sound."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from gradsplit.commands.options.idle import refuse_idle
from gradsplit.commands.options.picture import SizeOptions
from gradsplit.commands.options.task_set import TaskSetOptions, name_and_value
from gradsplit.errors import GradSplitError

_OF_MASK = ("taskset", "out", "model", "modules", "shares", "width", "font_size")
_WITHOUT_FILES = ("taskset", "data", "steps", "batch_size", "set", "contract")
_OF_TASKSET = (*_WITHOUT_FILES, "out", "workers", "quiet")
FOUND = 2
"""Exit code when files have faults: a mistake in the input, as others are."""


@dataclass(kw_only=True)
class Check(SizeOptions, TaskSetOptions):
    """Read a mask, and show what it means for a model; or look into all files of a task set.

    Of a task set, everything that is wrong is said at once, and the exit code is 2.
    """

    POSITION: ClassVar[int] = 520

    taskset: Annotated[
        str,
        tyro.conf.Positional,
        tyro.conf.arg(
            metavar="MASK|TASKSET",
            help="A mask file (.json), or a task set: a built-in name, module:attribute, "
            "path/to/file.py:attribute, or a configuration file.toml.",
        ),
    ] = ""
    model: str | None = None
    """Of a mask: module:attribute or path/to/file.py:attribute, an nn.Module or a function that
    makes one."""
    modules: tuple[str, ...] = ("layer4",)
    """The model's modules to split; needs --model."""
    shares: tuple[str, ...] = ()
    """Own shares of the channels, e.g. reid=0.5."""
    workers: int = 2
    """Of a task set: threads that open files."""
    contract: bool = False
    """Of a task set with files: also build the network, draw a batch of every task and score it
    once, as is done for task sets without files."""
    quiet: bool = False
    """Show no progress."""
    out: str | None = None
    """Of a mask with --model, a picture of who owns which channels, .png, .svg or .pdf; of a task
    set, a table of everything that was found, .csv."""

    def run(self) -> int:
        """Print what was found; 2 where files have faults."""
        return self._check_mask() if _is_mask(self.taskset) else self._check_taskset()

    def _check_mask(self) -> int:
        from gradsplit import check_mask

        refuse_idle(self, _OF_MASK, f"`{self.taskset}` is a mask")
        self.refuse_size("--out", self.out)
        checked = check_mask(self.taskset)
        if self.model is None:
            self._refuse_without_model()
        print(checked)
        if self.model is None:
            return 0
        shares = dict(name_and_value(text) for text in self.shares)
        checked = check_mask(self.taskset, self.model, modules=self.modules, shares=shares or None)
        print(f"\n{checked.table}")
        if self.out is not None:
            from analysis import save

            save(checked.plot(**self.size()), self.out)
            print(f"\nwritten: {self.out}")
        return 0

    def _check_taskset(self) -> int:
        from gradsplit import check_data, check_taskset

        refuse_idle(self, _OF_TASKSET, f"`{self.taskset}` is a task set")
        taskset = self.load()
        has_files = taskset.data_check() is not None
        if has_files:
            found = check_data(taskset, workers=self.workers, progress=not self.quiet)
            print(found)
            if self.out is not None:
                found.save(self.out)
                print(f"\nwritten: {self.out}")
            if found.findings:
                return FOUND
        else:
            refuse_idle(self, _WITHOUT_FILES, f"`{taskset.name}` has no files to look into")
        if self.contract or not has_files:
            check_taskset(taskset)
            print(f"`{taskset.name}` keeps the contract of task sets")
        return 0

    def _refuse_without_model(self) -> None:
        """Refuse options that mean nothing without a model.

        Raises:
            GradSplitError: One was given.
        """
        given = {
            "--modules": self.modules != ("layer4",),
            "--shares": bool(self.shares),
            "--out": self.out is not None,
        }
        idle = [name for name, is_given in given.items() if is_given]
        if idle:
            raise GradSplitError(
                f"{', '.join(idle)} would change nothing without a model: give --model "
                "path/to/file.py:attribute too."
            )


def _is_mask(word: str) -> bool:
    """Whether a word names a mask file; what else is a file holds a task set."""
    path = Path(word)
    return path.suffix == ".json" or (path.is_file() and path.suffix not in (".toml", ".py"))
