"""What a comparison of the fast ways with the slow one has shown, and what it has not."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from gradsplit.errors import NotExactError, first_names


@dataclass(frozen=True)
class Exactness:
    """How far the fast ways are from the reference.

    Attributes:
        errors: Regime -> parameter -> relative error, see `relative_errors`.
        tolerance: The largest error that counts as rounding.
        noise: The same as measured on this network, where that is more: how far plain gradients
            are apart when they are summed in another order.
        nothing_arrived: Parameters whose gradients are zero in every regime: of these, agreement
            says nothing.
    """

    errors: Mapping[str, Mapping[str, float]]
    tolerance: float
    noise: float = 0.0
    nothing_arrived: Collection[str] = ()

    @property
    def worst(self) -> float:
        """The largest relative error of all."""
        return max(error for by_name in self.errors.values() for error in by_name.values())

    @property
    def exact(self) -> bool:
        """Whether all errors are rounding."""
        return self.worst <= max(self.tolerance, self.noise)

    def __str__(self) -> str:
        lines = []
        for regime, by_name in self.errors.items():
            name = max(by_name, key=lambda key: by_name[key])
            lines.append(f"{regime}: largest relative error {by_name[name]:.2e} (`{name}`)")
        if self.noise > self.tolerance:
            lines.append(
                f"noise floor {self.noise:.0e}: parts of this network compute in lower precision "
                "than its parameters; plain gradients summed in another order differ as much"
            )
        if self.nothing_arrived:
            zero, all_of_them = len(self.nothing_arrived), len(next(iter(self.errors.values())))
            lines.append(
                f"gradients of {zero} of {all_of_them} parameters are zero here, which compares "
                f"nothing: {first_names(sorted(self.nothing_arrived), quoted=True)}"
            )
        return "\n".join(lines)

    def refuse(self, split: Sequence[str]) -> None:
        """Refuse what is not exact, or says nothing.

        Args:
            split: The names of the split parameters that are trained.

        Raises:
            NotExactError: An error is more than rounding, or no gradient reaches what is split.
        """
        if not self.exact:
            raise NotExactError(
                f"The fast way is off by more than {max(self.tolerance, self.noise):.0e}:\n{self}\n"
                "Keep to the regimes that are exact here, and please report the layer."
            )
        if split and set(split) <= set(self.nothing_arrived):
            raise NotExactError(
                f"The gradients of all split parameters are zero, which compares nothing:\n{self}\n"
                "A gain, a scale or a head above them may be zero at the start of training: check "
                "with weights away from it, or with the losses of more tasks."
            )


def refuse_not_finite(wanted: Mapping[str, Tensor]) -> None:
    """Refuse to compare with gradients that are inf or NaN.

    Args:
        wanted: The gradients of the slow way by parameter.

    Raises:
        NotExactError: Names the parameters.
    """
    names = [name for name, gradient in wanted.items() if not bool(gradient.isfinite().all())]
    if names:
        raise NotExactError(
            "Gradients are not finite, which compares nothing: "
            f"{first_names(sorted(names), quoted=True)}. Check with a batch, weights and losses "
            "whose gradients are finite."
        )
