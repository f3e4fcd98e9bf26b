"""Finding the parameters to divide: from module names, through the rules, to owners."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import nn

from gradsplit.engine.last_stage import last_stage
from gradsplit.engine.owners import Owners
from gradsplit.engine.rules import Channels, Rule, find_rule, named_channels
from gradsplit.engine.selection import SplitParameter
from gradsplit.engine.sharding import refuse_flattened, whole_parameters
from gradsplit.engine.weight_norm import weight_norm_channels
from gradsplit.errors import ModuleNameError, UnsupportedLayerError, all_problems

Unsupported = Literal["error", "share"]
RulesFor = Mapping[str | type, Rule]
"""A user's own rules, by module name or by layer type."""


@dataclass(frozen=True)
class Location:
    """Where a parameter lies: the module that holds it, and its name there."""

    holder: nn.Module
    key: str
    name: str


@dataclass(frozen=True)
class Collected:
    """What is split in a model.

    Attributes:
        split: The divided parameters; a tied one once.
        locations: Wherever one of them lies, to notice when it is replaced.
        shared: Names of parameters inside the split modules that are left to all tasks.
        whole: What the model computes with in the place of its sharded parameters, split or not.
    """

    split: tuple[SplitParameter, ...]
    locations: tuple[tuple[Location, nn.Parameter], ...]
    shared: tuple[str, ...]
    whole: Mapping[nn.Parameter, nn.Parameter]

    def of_model(self) -> dict[str, nn.Parameter]:
        """The divided parameters as the model holds them, by name."""
        names = {entry.name for entry in self.split}
        return {place.name: given for place, given in self.locations if place.name in names}

    def sharded(self) -> dict[str, nn.Parameter]:
        """Those of them that are sharded and have a whole one in their place, by name."""
        return {name: given for name, given in self.of_model().items() if given in self.whole}

    def table(self, owners: Owners) -> str:
        """Who owns what, as text: for each width of layer the channels of every task."""
        lines = []
        for width in sorted(widths := widths_of(self.split)):
            names = ", ".join(widths[width])
            lines += [f"{width} channels ({names})"]
            lines += [f"  {line}" for line in owners.table(width).splitlines()]
        if self.shared:
            lines.append(f"left to all tasks: {', '.join(self.shared)}")
        return "\n".join(lines)


def collect(
    model: nn.Module,
    modules: Sequence[str],
    owners: Owners,
    *,
    unsupported: Unsupported = "error",
    rules: RulesFor | None = None,
) -> Collected:
    """Owners of all parameters below the named modules.

    Args:
        model: Any network.
        modules: Names as in `model.named_modules()`; "" is the whole model.
        owners: Who owns which channel.
        unsupported: What to do with a trainable parameter that no rule speaks of: "error", or
            "share" to leave it to all tasks.
        rules: Own rules by module name or layer type, before the registered ones.

    Raises:
        ModuleNameError: A name does not exist, or nothing below the names can be split.
        UnsupportedLayerError: Layers without a rule, or without a channel for some task; all of
            them at once.
        NotExactError: FullyShardedDataParallel has flattened them.
    """
    refuse_flattened(model, modules)
    _check_names(model, modules, owners.tasks)
    whole = whole_parameters(model)
    split: dict[nn.Parameter, SplitParameter] = {}
    locations: list[tuple[Location, nn.Parameter]] = []
    left: list[tuple[str, str, nn.Parameter]] = []
    from_above: dict[str, Channels] = {}
    for name, module in modules_below(model, modules):
        given = _channels(name, module, rules or {}, from_above)
        for key, parameter in module._parameters.items():
            if parameter is None:
                continue
            full = f"{name}.{key}" if name else key
            leaf = whole.get(parameter, parameter)
            problem, divided = _divide(full, module, key, leaf, given, owners)
            if divided is not None:
                # A tied parameter has one owner map: that of the first layer with a rule.
                split.setdefault(parameter, divided)
                locations.append((Location(module, key, full), parameter))
            elif parameter.requires_grad:
                left.append((full, problem, parameter))
    left = [entry for entry in left if entry[2] not in split]
    problems = [problem for _, problem, _ in left]
    if problems and unsupported == "error":
        raise UnsupportedLayerError(_explain(problems))
    if not split:
        raise ModuleNameError(
            f"Nothing to split below {', '.join(map(repr, modules))}: no parameters that a rule "
            "knows. Name modules that hold convolutions, linear layers or normalisations."
        )
    shared = tuple(name for name, _, _ in left)
    return Collected(tuple(split.values()), tuple(locations), shared, whole)


def widths_of(entries: Iterable[SplitParameter]) -> dict[int, list[str]]:
    """The modules with split parameters by their number of output channels."""
    names_of: dict[int, dict[str, None]] = {}
    for entry in entries:
        names_of.setdefault(entry.channels, {})[entry.name.rpartition(".")[0] or "the model"] = None
    return {width: list(names) for width, names in names_of.items()}


def _check_names(model: nn.Module, modules: Sequence[str], tasks: Sequence[str]) -> None:
    known = dict(model.named_modules(remove_duplicate=False))
    problems, missing = [], False
    for name in modules:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.6)
            top = [child for child, _ in model.named_children()]
            hint = f"did you mean {', '.join(near)}?" if near else f"it has {', '.join(top)}."
            problems.append(f"The model has no module `{name}`; {hint}")
            missing = missing or not near
        elif not list(known[name].parameters()):
            problems.append(f"Module `{name}` holds no parameters.")
            missing = True
    if problems:
        place = f"\n{_place(model, tasks)}" if missing else ""
        raise ModuleNameError(all_problems("The split modules cannot be used", problems) + place)


def _place(model: nn.Module, tasks: Sequence[str] = ()) -> str:
    """Where to split, in words."""
    stage = last_stage(model, tasks)
    return (
        "`modules` names the last stage of what the tasks share, not their heads; here that may be "
        f"modules=[{(stage or 'layer4')!r}]."
    )


def module_names(
    model: nn.Module,
    modules: Sequence[str | nn.Module] | nn.Module,
    tasks: Sequence[str] = (),
) -> list[str]:
    """The names of modules of a model, some of which are given themselves.

    Args:
        model: Any network.
        modules: Names or parts of it.
        tasks: Their names, by which an error tells heads from what is shared.

    Raises:
        ModuleNameError: One is neither a name nor a part of the model, or there is no model.
    """
    if not isinstance(model, nn.Module):
        raise ModuleNameError(
            f"`model` must be a torch.nn.Module, got {_described(model)}; the order is model, "
            "mask, modules."
        )
    listed: object = [modules] if isinstance(modules, nn.Module) else modules
    if isinstance(listed, str) or not isinstance(listed, Iterable) or not (listed := [*listed]):
        raise ModuleNameError(
            f"`modules` must be a non-empty list of module names, got {modules!r}. "
            + _place(model, tasks)
        )
    known: dict[object, str] = {module: name for name, module in model.named_modules()}
    foreign = [_described(item) for item in listed if not isinstance(item, str) | (item in known)]
    if foreign:
        raise ModuleNameError(
            f"`modules` must be names as in model.named_modules(), or modules of the model, got "
            f"{', '.join(foreign)}, which is no part of it."
        )
    return [item if isinstance(item, str) else known[item] for item in listed]


def _described(thing: object) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__


def modules_below(model: nn.Module, modules: Iterable[str]) -> Iterator[tuple[str, nn.Module]]:
    """Modules below the named ones with their full names, each once."""
    seen: set[nn.Module] = set()
    for top in modules:
        for name, module in model.get_submodule(top).named_modules():
            if module not in seen:
                seen.add(module)
                yield ".".join(part for part in (top, name) if part), module


def _channels(
    name: str, module: nn.Module, rules: RulesFor, from_above: dict[str, Channels]
) -> Mapping[str, Channels]:
    """What is known of the module's own parameters; what its rule says of submodules is kept."""
    rule = rules.get(name)
    for kind in type(module).__mro__:
        rule = rule or rules.get(kind)
    rule = rule or find_rule(module)
    given = named_channels(module)
    given |= rule(module) if rule is not None and list(module.parameters()) else {}
    given |= weight_norm_channels(module, given)
    prefix = f"{name}." if name else ""
    from_above |= {f"{prefix}{key}": value for key, value in given.items() if "." in key}
    return {key: from_above.get(f"{prefix}{key}", given.get(key)) for key in module._parameters}  # type: ignore[misc]


def _divide(
    full: str,
    module: nn.Module,
    key: str,
    parameter: nn.Parameter,
    given: Mapping[str, Channels],
    owners: Owners,
) -> tuple[str, SplitParameter | None]:
    """The divided parameter, or why it cannot be divided."""
    channels = given.get(key)
    if channels is None:
        return f"`{full}` of a {type(module).__name__}: no rule.", None
    without = owners.without_channel(channels.count)
    if without:
        return (
            f"`{full}` of a {type(module).__name__} has {channels.count} output channels: "
            f"too few for {', '.join(without)} to own one."
        ), None
    owner = channels.owner_map(owners.of(channels.count), tuple(parameter.shape))
    if np.broadcast_shapes(owner.shape, tuple(parameter.shape)) != tuple(parameter.shape):
        return (
            f"`{full}` has shape {tuple(parameter.shape)}, which does not hold the "
            f"{channels.count} channels its rule says."
        ), None
    return "", SplitParameter(full, parameter, owner, channels.count)


def _explain(problems: Sequence[str]) -> str:
    text = all_problems("Trainable parameters inside the split modules cannot be divided", problems)
    return text + (
        "\nWays out: leave them to all tasks with unsupported='share'; freeze them; name smaller "
        "modules; give a rule with rules={'module.name': rule} or gradsplit.register_rule; "
        "give own `owners` for that number of channels."
    )
