"""The register of methods: by the names they have in tables and on the command line.

Importing this file imports no method and no torch; they are loaded when first asked for.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_type_hints

from gradsplit.errors import GradSplitError, did_you_mean
from gradsplit.training.methods.options import Option, number, option_of, options_of, some_text

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.mask import GradientMask

Group = Literal[
    "one network", "balanced without a search", "own parts for each task", "needs relations"
]
"""What a listing puts together, in its order."""

ChangeMask = Callable[["GradientMask"], "GradientMask"]
T = TypeVar("T", bound=Callable[..., Any])

MASK_OPTIONS: dict[str, Option] = {
    "threshold": Option(number, "a finite number", None),
    "relation": Option(some_text, "a file", None),
    "mask": Option(some_text, "a file", None),
}
"""Which mask, of every method that takes one."""


@dataclass(frozen=True)
class Cost:
    """What a method costs, in the words of a table; T is the number of tasks.

    Attributes:
        passes: Passes of a step, forward and backward.
        memory: What is held beside one task's activations, "" for nothing.
        parameters: What the network that is used has.
    """

    passes: str = "T forward, T backward"
    memory: str = ""
    parameters: str = "one network"


@dataclass(frozen=True)
class Registered:
    """A method as it registered itself.

    Attributes:
        name: Its name on the command line.
        what: What it is, one line.
        group: What it is listed with.
        make: Makes it from its options, and a mask where it takes one.
        cost: What it costs.
        change_mask: What is done to the mask first.
        instead_of_mask: The option with which it needs no mask.
        searched: A comparison searches its options before it is trained.
    """

    name: str
    what: str
    group: Group
    make: "Callable[..., Method]"
    cost: Cost = Cost()
    change_mask: ChangeMask | None = None
    instead_of_mask: str | None = None
    searched: bool = False

    @cached_property
    def own_options(self) -> Mapping[str, Option]:
        """Name -> option, from the fields or parameters of what makes it."""
        return options_of(self.make)

    @property
    def options(self) -> Mapping[str, Option]:
        """The same with those of every method, and those of its mask."""
        if self.searched or "*" in self.own_options:
            return {} if self.searched else self.own_options
        of_mask = MASK_OPTIONS if self.takes_mask else {}
        return {**self.own_options, **of_mask, **{name: one.of for name, one in on_top().items()}}

    @cached_property
    def takes_mask(self) -> bool:
        """Whether it is made with a mask."""
        return "mask" in inspect.signature(self.make).parameters


@dataclass(frozen=True)
class OnTopOption:
    """An option that puts something on top of any method.

    Attributes:
        of: How it is read.
        put: (method, value) -> the method with it.
    """

    of: Option
    put: "Callable[[Method, Any], Method]"


_METHODS: dict[str, Registered] = {}
_ON_TOP: dict[str, OnTopOption] = {}


def register_method(
    name: str,
    what: str,
    *,
    group: Group,
    cost: Cost = Cost(),
    change_mask: ChangeMask | None = None,
    instead_of_mask: str | None = None,
    searched: bool = False,
) -> Callable[[T], T]:
    """Give a method a name on the command line and in listings.

    It stands above the method's class, or above a function that makes one. The options on the
    command line are the class's fields, or the function's parameters, read as their type hints say.
    A class or function may be registered under several names.

    Args:
        name: E.g. "equal-norm".
        what: One line for listings.
        group: What it is listed with.
        cost: What a step costs.
        change_mask: For methods with a field `mask`: what is done to the measured mask first.
        instead_of_mask: The option with which no mask is needed.
        searched: Its options are searched before it is trained.

    Raises:
        GradSplitError: There is no such group, or another method has the name.

    Example:
        >>> from dataclasses import dataclass
        >>> from gradsplit import MultiHead
        >>> from gradsplit.training.methods.wanted import build, read_methods
        >>> @register_method("louder", "a loss times a factor", group="one network")
        ... @dataclass(frozen=True)
        ... class Louder(MultiHead):
        ...     factor: float = 2.0
        >>> build(read_methods(("louder:factor=3",))[0])
        Louder(factor=3.0)
    """
    if group not in get_args(Group):
        raise GradSplitError(f"`group` must be one of {', '.join(get_args(Group))}, got {group!r}.")

    def register(make: T) -> T:
        known = _METHODS.get(name)
        if known is not None and _where(known.make) != _where(make):
            raise GradSplitError(f"There is a method `{name}` already, in {_where(known.make)[0]}.")
        _METHODS[name] = Registered(
            name, what, group, make, cost, change_mask, instead_of_mask, searched
        )
        return make

    return register


def register_on_top(name: str) -> Callable[[T], T]:
    """Give every method an option that puts something on top of it.

    It stands above a function (method, value) -> method; the value is read as its hint says.
    """

    def register(put: T) -> T:
        hint = [one for key, one in get_type_hints(put).items() if key not in ("method", "return")]
        option = option_of(*hint, default=None)
        assert option is not None, f"`{name}` cannot be read from text"
        _ON_TOP[name] = OnTopOption(option, put)
        return put

    return register


def registered() -> Mapping[str, Registered]:
    """Every method by name, in the order of a listing: by group, then by file.

    Example:
        >>> registered()["gradnorm"].options["alpha"].default
        1.5
    """
    _load()
    order = get_args(Group)
    return {
        one.name: one
        for one in sorted(
            _METHODS.values(), key=lambda one: (order.index(one.group), _where(one.make)[0])
        )
    }


def on_top() -> Mapping[str, OnTopOption]:
    """The options that every method takes."""
    _load()
    return dict(sorted(_ON_TOP.items()))


@cache
def _load() -> None:
    """Import every file of this folder and those in it; they register their methods."""
    package = import_module(__package__ or "")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that does not exist.

    Example:
        >>> unknown("method", "gradslit", ["gradsplit", "gradnorm"])
        "there is no method 'gradslit'. Did you mean `gradsplit`?"
    """
    return f"there is no {kind} {name!r}.{did_you_mean(name, known)}"


def _where(make: Any) -> tuple[str, str]:
    target = getattr(make, "func", make)
    return target.__module__, target.__qualname__
