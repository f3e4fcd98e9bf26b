"""Masks of the measured relations, alone and on top of the best balancing."""

from collections.abc import Iterator

from gradsplit.studies.diagnosis.diagnosed_modules import with_diagnosed_modules
from gradsplit.studies.recommendation.candidate_source import Known, register_source
from gradsplit.studies.recommendation.configuration import Configuration
from gradsplit.studies.recommendation.racing.explained import mask_file
from gradsplit.training.methods.modules import AUTO
from relations.mask import GradientMask

MASK = "mask.json"
DECIDED = "mask-decided.json"


@register_source("from relations")
def masks(known: Known) -> Iterator[Configuration]:
    """Of harmful edges by the mean, and of decided ones; at the last stage and where diagnosed."""
    for file, which in _written(known).items():
        mask = GradientMask.load(known.folder / file)
        for modules, where in _places(known, mask).items():
            plain = f"gradsplit:mask={file}{modules}"
            what = f"one network with the gradients of {which} masked {where}"
            yield known.of_method(plain, what)
            if known.balance:
                yield known.of_method(known.balanced(plain), f"{what}, balanced by {known.balance}")


@register_source("from relations")
def guided(known: Known) -> Iterator[Configuration]:
    """Own last stages that the tasks train which the relations allow."""
    if not known.taskset.split_modules:
        return
    for file in list(_written(known))[:1]:
        plain = f"guided-last-stage:mask={file}"
        what = "one network with a last stage for each task that harmless tasks train as well"
        yield known.of_method(plain, what)
        if known.balance:
            yield known.of_method(known.balanced(plain), f"{what}, balanced by {known.balance}")


def write_mask(known: Known, mask: GradientMask, file: str) -> None:
    """Write a candidate's mask into the folder, with the modules that a diagnosis found."""
    with_diagnosed_modules(mask, mask_file(known.folder).parent).save(known.folder / file)


def _written(known: Known) -> dict[str, str]:
    """The files of masks that block anything -> which edges; each different mask once."""
    graph = known.graph
    if graph is None:
        return {}
    # An edge of which nothing is known may be the worst; the race on other seeds shows what it is.
    by_mean = GradientMask.from_graph(graph, undecided="point", unknown="block")
    decided = GradientMask.from_graph(graph, undecided="allow", unknown="block")
    unknown = " and those of unknown effect" if graph.with_verdict("unknown") else ""
    made = {
        MASK: (by_mean, f"harmful tasks{unknown}"),
        DECIDED: (decided, f"decidedly harmful tasks{unknown}"),
    }
    found: dict[str, str] = {}
    seen: list[list[list[bool]]] = []
    for file, (mask, which) in made.items():
        blocked = mask.may_update.tolist()
        if mask.may_update.all() or blocked in seen:
            continue
        seen.append(blocked)
        write_mask(known, mask, file)
        found[file] = which
    if not found:
        known.left_out["gradsplit"] = "no relation is harmful, so a mask would block nothing"
    return found


def _places(known: Known, mask: GradientMask) -> dict[str, str]:
    """Options for modules -> where that is."""
    places = {}
    if known.taskset.split_modules:
        places[""] = "in the last stage"
    if mask.provenance.get("modules"):
        places[f",modules={AUTO}"] = "in the stages in conflict"
    if not places:
        known.left_out["gradsplit"] = "the task set names no split modules"
    return places
