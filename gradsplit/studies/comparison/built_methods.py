"""The methods of a comparison, made: with their masks and weights, and what these took."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradsplit.studies.comparison.method_choice import Chosen, is_searched, selected_here
from gradsplit.studies.comparison.method_runs import SINGLE
from gradsplit.studies.comparison.weight_search import SearchedWeights, search_weights
from gradsplit.training.methods.wanted import Wanted, build
from relations.plan import pairwise_runs

if TYPE_CHECKING:
    from gradsplit.studies.comparison.measured_mask import MeasuredMask
    from gradsplit.training.methods.method import Method
    from relations.mask import GradientMask

TRIED = "tried"
"""Column of a comparison: how many configurations a method was chosen from."""

BEFORE = "runs before"
"""Column of a comparison: runs that a method needed before those that it is judged by."""


@dataclass(frozen=True)
class BuiltMethods:
    """Methods, ready to be trained.

    Attributes:
        methods: Name -> method.
        searched: Name -> what a search of loss weights found.
        spent: Name -> `TRIED` and `BEFORE`, single-task training among the names; empty where they
            are not known, as a mask or loss weights were given.
        notes: What that means for the comparison, lines for people.
    """

    methods: "Mapping[str, Method]"
    searched: Mapping[str, SearchedWeights]
    spent: Mapping[str, Mapping[str, float]]
    notes: Sequence[str]

    @property
    def weights(self) -> dict[str, Mapping[str, float]]:
        """Name -> loss weights that a search found."""
        return {name: found.weights.factors for name, found in self.searched.items()}


def build_methods(chosen: Chosen, masks: "MeasuredMask", tune_seeds: Sequence[int]) -> BuiltMethods:
    """Make the methods; a mask is measured and loss weights are searched where they are needed.

    Args:
        chosen: What was asked for.
        masks: Where masks come from, and where runs are trained.
        tune_seeds: Seeds of the search.
    """
    built: dict[str, Method] = {}
    searched: dict[str, SearchedWeights] = {}
    for name, method in chosen.items():
        if is_searched(method):
            searched[name] = search_weights(masks.place, tune_seeds)
            built[name] = searched[name].weights
            factors = searched[name].weights.factors
            lost = len(searched[name].failed)
            note = f", while {lost} of the search's trainings failed" if lost else ""
            masks.place.tell(f"{name}: {factors or 'equal weights'}{note}")
        else:
            built[name] = build(method, masks) if isinstance(method, Wanted) else method
    measured = [name for name in selected_here(chosen, masks) if name not in searched]
    probed = len(pairwise_runs(masks.place.taskset.tasks, masks.seeds))
    spent: dict[str, dict[str, float]] = {SINGLE: {TRIED: 1, BEFORE: 0}}
    for name in chosen:
        if name in searched:
            spent[name] = {TRIED: searched[name].tried, BEFORE: searched[name].trainings}
        elif name in measured:
            spent[name] = {TRIED: 1, BEFORE: probed}
        else:
            spent[name] = {} if _brings_choices(built[name]) else {TRIED: 1, BEFORE: 0}
    notes = [*_spent_notes(spent), *_data_notes([*searched, *measured], masks)]
    return BuiltMethods(built, searched, spent, notes)


def mask_of(method: "Method") -> "GradientMask | None":
    """The mask that a method trains with, whatever is put on top of it; None without one."""
    return next((part.mask for part in method.parts() if hasattr(part, "mask")), None)  # type: ignore[attr-defined]


def _brings_choices(method: "Method") -> bool:
    """Whether it has a mask or loss weights that somebody has chosen before."""
    factors = any(getattr(part, "factors", None) for part in method.parts())
    return factors or mask_of(method) is not None


def _spent_notes(spent: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    if not all(spent.values()):
        yield (
            f"{TRIED}, {BEFORE}: nothing stands where a mask or weights were chosen before, "
            "outside of this comparison."
        )


def _data_notes(selected: Sequence[str], masks: "MeasuredMask") -> Iterator[str]:
    """Whether what was chosen here is judged on fresh data."""
    if not selected:
        return
    if masks.place.taskset.draws_data_by_seed:
        yield (
            f"Fresh data: every seed draws its own, so {', '.join(selected)} are judged on other "
            "data than their mask or weights were chosen on."
        )
    else:
        yield (
            f"Not fresh data: the mask or weights of {', '.join(selected)} were chosen on the test "
            "data that all methods are judged on, only with other seeds. What they gain may partly "
            "be luck with these data, and would be less on others."
        )
