"""Errors of the gradsplit package: each says what was expected, what came, and what to do."""

# One wording for both packages.
from relations.errors import Note, error_text
from relations.errors import all_problems as all_problems
from relations.errors import argument as argument
from relations.errors import did_you_mean as did_you_mean
from relations.errors import did_you_mean_file as did_you_mean_file
from relations.tables.first_names import first_names as first_names


class GradSplitError(ValueError):
    """Base of every error a user's input can cause in `gradsplit`."""

    def __str__(self) -> str:
        return error_text(super().__str__())


class MaskMismatchError(GradSplitError):
    """The tasks of a mask and those of the losses, samples or task set differ."""


class ModuleNameError(GradSplitError):
    """A split module's name does not exist in the model, or holds nothing to split."""


class UnsupportedLayerError(GradSplitError):
    """A trainable layer inside the split has no rule."""


class NotExactError(GradSplitError):
    """The asked-for regime would give other gradients than one backward a task."""


class DivergedError(GradSplitError):
    """A training left the numbers: a loss or a weight is not finite."""


class DivergedNote(Note):
    """Some of the runs that are trained together have diverged; the others go on."""


class DataNote(Note):
    """Something about a task set's data that its user should know of, such as what is left out."""


class SplitNote(Note):
    """A split that can be trained is likely not what was meant."""


class OtherProcessFailedError(GradSplitError):
    """Another process of those that train a run together has failed, and has said why."""


class TaskSetError(GradSplitError):
    """A task set cannot be found, or does not keep its contract."""


class ReferenceNotFoundError(GradSplitError):
    """`module:attr` or `path/to/file.py:attr` names nothing."""


class CheckpointNote(Note):
    """An unfinished run starts anew, or cannot be kept."""


class LogNote(Note):
    """A logger is told nothing of some runs."""


class SeedNote(Note):
    """Networks of different seeds begin with the same weights, so that seeds may be no repeats."""


class NetworkNote(Note):
    """The trained network of a run cannot be kept, or was trained otherwise than what it is for."""
