"""What a comparison on fresh seeds says of each method, for files."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.comparison.comparison import Comparison


def judged_facts(comparison: "Comparison") -> dict[str, Any]:
    """delta_m and the change of each task of each method but single-task training.

    Args:
        comparison: Of scores on seeds that chose nothing.

    Returns:
        Method -> `delta_m`, a fraction, and `tasks`, task -> change in the unit of its kind; each
        as `SeedMean.facts`.

    Example:
        >>> from analysis.comparison.comparison import Comparison
        >>> scores = {"single": {0: {"pose": 0.5}}, "multi-head": {0: {"pose": 0.75}}}
        >>> judged_facts(Comparison(scores))["multi-head"]["tasks"]
        {'pose': {'mean': 0.5, 'se': None, 'n': 1}}
    """
    return {
        method: {
            "delta_m": comparison.delta_m(method).facts(),
            "tasks": {task: comparison.change(method, task).facts() for task in comparison.tasks},
        }
        for method in comparison.methods
        if method != comparison.single
    }
