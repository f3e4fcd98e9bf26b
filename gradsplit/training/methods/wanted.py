"""Methods by the words of a command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradsplit.errors import GradSplitError, all_problems
from gradsplit.references import import_file
from gradsplit.training.methods.registry import (
    MASK_OPTIONS,
    Registered,
    on_top,
    registered,
    unknown,
)

if TYPE_CHECKING:
    from gradsplit.training.methods.method import Method
    from relations.mask import GradientMask

MaskSource = Callable[[float | None, str | None], "GradientMask"]
"""(threshold, relation) -> mask; where None, the comparison's own."""

_LISTED = "`gradsplit compare --methods list` lists them."


@dataclass(frozen=True)
class Wanted:
    """A method as it was asked for.

    Attributes:
        text: As it was written, which is its name in tables: "dropgrad:rate=0.75".
        kind: The name of a method.
        options: Name -> value as it was written.
    """

    text: str
    kind: str
    options: Mapping[str, str]

    @property
    def method(self) -> Registered:
        """The method as it is registered."""
        return registered()[self.kind]

    @property
    def needs_mask(self) -> bool:
        """Whether it can only be built when a mask is known."""
        return self.method.takes_mask and self.method.instead_of_mask not in self.options

    @property
    def brings_mask(self) -> bool:
        """Whether its options say where its mask comes from."""
        return not {"mask", "relation"}.isdisjoint(self.options)


def read_methods(texts: tuple[str, ...]) -> list[Wanted]:
    """Methods from words such as "gradsplit:modules=layer3+layer4" and "mine.py:half:power=2".

    Args:
        texts: A method's name, for a method of one's own behind its file; then its options.

    Raises:
        GradSplitError: Unknown methods, or options that are not name=value; all problems at once.

    Example:
        >>> [wanted.kind for wanted in read_methods(("multi-head", "dropgrad:rate=0.75"))]
        ['multi-head', 'dropgrad']
    """
    problems: list[str] = []
    wanted: list[Wanted] = []
    for text in texts:
        file, separator, words = text.rpartition(".py:")
        if separator:
            import_file(Path(f"{file}.py").resolve())
        kind, _, rest = words.partition(":")
        pairs = [part.partition("=") for part in rest.split(",")] if rest else []
        if kind not in registered():
            problems.append(f"{unknown('method', kind, registered())} {_LISTED}")
        problems += [
            f"`{text}`: an option is written name=value, got {name!r}."
            for name, equals, _ in pairs
            if not equals
        ]
        wanted.append(Wanted(text, kind, {name: value for name, _, value in pairs}))
    twice = sorted({text for text in texts if texts.count(text) > 1})
    problems += [f"`{text}` is given more than once." for text in twice]
    if problems:
        raise GradSplitError(all_problems("The methods cannot be read", problems))
    return wanted


def apart(text: str) -> list[str]:
    """Methods that are joined by commas, each on its own; options keep their commas.

    Example:
        >>> apart("multi-head,dropgrad:rate=0.5"), apart("gradsplit:mask=m.json,shift=1")
        (['multi-head', 'dropgrad:rate=0.5'], ['gradsplit:mask=m.json,shift=1'])
    """
    methods: list[str] = []
    for part in text.split(","):
        kind = part.strip().rpartition(".py:")[2].partition(":")[0]
        # Behind a method with options, what is no method's name is one more option.
        if not methods or ":" not in methods[-1] or kind in registered():
            methods.append(part.strip())
        else:
            methods[-1] += f",{part}"
    return [method for method in methods if method]


def build(wanted: Wanted, mask_of: MaskSource | None = None) -> "Method":
    """The method that was asked for.

    Args:
        wanted: From `read_methods`.
        mask_of: Gives the measured mask, for methods that need it.

    Raises:
        GradSplitError: An option is unknown or has a wrong value, or the mask is missing.
    """
    if wanted.method.searched:
        raise GradSplitError(
            f"`{wanted.text}` is a search that only a comparison does; what it found is trained as "
            "`weights:reid=0.3,pose=2`."
        )
    values = _values(wanted)
    puts = [
        partial(on_top()[name].put, **{name: values.pop(name)})
        for name in wanted.options
        if name in on_top() and name not in wanted.method.own_options
    ]
    given = _with_mask(wanted, values, mask_of)
    try:
        method = wanted.method.make(**given)
        for put in puts:
            method = put(method)
    except GradSplitError as wrong:
        if f"`{wanted.kind}`" in str(wrong):
            raise
        raise type(wrong)(f"`{wanted.text}`: {wrong}") from wrong
    return method


def _values(wanted: Wanted) -> dict[str, Any]:
    """The options' values."""
    known = wanted.method.options
    values = {}
    for name, text in wanted.options.items():
        option = known.get(name, known.get("*"))
        if option is None:
            raise GradSplitError(
                f"`{wanted.text}`: `{wanted.kind}` takes {', '.join(known) or 'no options'}, not "
                f"{name}."
            )
        try:
            values[name] = option.read(text)
        except ValueError:
            raise GradSplitError(
                f"`{wanted.text}`: `{name}` must be {option.form}, got {text!r}."
            ) from None
    missing = [name for name, one in known.items() if one.required and name not in values]
    if missing and "*" not in known:
        raise GradSplitError(
            f"`{wanted.text}` needs {', '.join(missing)}, such as {missing[0]}=..."
        )
    return values


def _with_mask(
    wanted: Wanted, values: dict[str, Any], mask_of: MaskSource | None
) -> dict[str, Any]:
    """The values with the mask, where the method needs one, in place of what says which."""
    if not wanted.method.takes_mask:
        return values
    which = {name: values.pop(name) for name in MASK_OPTIONS if name in values}
    if not wanted.needs_mask:
        if which:
            # A rate and a mask would both say how much is dropped.
            raise GradSplitError(
                f"`{wanted.text}`: with a {wanted.method.instead_of_mask}, leave "
                f"{', '.join(sorted(which))} out."
            )
        return values
    change = wanted.method.change_mask or (lambda mask: mask)
    return {"mask": change(_mask(wanted, which, mask_of)), **values}


def _mask(wanted: Wanted, which: Mapping[str, Any], mask_of: MaskSource | None) -> "GradientMask":
    from relations.mask import GradientMask

    if "mask" not in which:
        if mask_of is None:
            raise GradSplitError(
                f"`{wanted.text}` needs a mask, and none is given: {wanted.kind}:mask=mask.json."
            )
        return mask_of(which.get("threshold"), which.get("relation"))
    if len(which) > 1:
        raise GradSplitError(
            f"`{wanted.text}`: a mask file is taken as it is, so leave threshold and relation out."
        )
    return GradientMask.load(which["mask"])
