"""A cause of one's own for `gradsplit diagnose`: batches that are too small."""

from gradsplit import Case, Cause, Intervention, register_cause


@register_cause
class SmallBatches(Cause):
    """The gradient of a small batch is noisy, and the source adds its noise to the target's."""

    name = "small batches"
    order = 15
    priority = 5
    trained = "batches of twice the size, pair and target alone (1.5)"
    remedy = "train {source} and {target} with larger batches"

    def further(self, case: Case) -> Intervention:
        """Batches of twice the size, the target alone and the pair."""
        size = 2 * case.taskset.recipe.batch_size
        return Intervention(
            "2x the batch",
            self.name,
            case.edge,
            change=lambda taskset: taskset.with_recipe(batch_size=size),
            label=f"batches of {size}",
            alone_too=True,
        )
