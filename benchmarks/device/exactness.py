"""How exact each regime is on a device, for every case of the exactness suite, as a CSV.

    GRADSPLIT_TEST_DEVICE=cuda python benchmarks/device/exactness.py OUT.csv [NAME ...]

Float64 with three masks; networks also in float32. NAME: only these cases.
"""

import csv
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2]))

from gradsplit import check_exact
from gradsplit.errors import GradSplitError
from tests.exactness.exact_case import Case, losses, masks, task_ids
from tests.exactness.exact_layers import LAYERS
from tests.exactness.exact_networks import NETWORKS

REGIMES = ("task", "backward", "samples")


def errors_of(case: Case, kind: str, dtype: torch.dtype) -> dict[str, object]:
    """The largest relative error of each regime, or why there is none."""
    model, batch = case.make(dtype)
    ids = None
    if case.mixed:
        samples = len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0])
        ids = task_ids(samples, case.tasks, mixed_up=kind == "random")
    try:
        checked = check_exact(
            model,
            masks(case.tasks)[kind],
            batch,
            losses(case.tasks),
            case.modules,
            task_ids=ids,
            tolerance=float("inf"),
            **case.options,
        )
    except GradSplitError as error:
        return {"failed": str(error)[:300]}
    return {regime: f"{max(errors.values()):.2e}" for regime, errors in checked.errors.items()}


def main() -> None:
    out, names = Path(sys.argv[1]), sys.argv[2:]
    cases = [("networks", name, case) for name, case in NETWORKS.items()]
    cases += [("layers", name, case) for name, case in LAYERS.items()]
    with out.open("w", newline="") as file:
        columns = ["suite", "name", "mask", "dtype", *REGIMES, "failed"]
        rows = csv.DictWriter(file, columns)
        rows.writeheader()
        for suite, name, case in cases:
            kinds = [(kind, torch.float64) for kind in ("identity", "random", "paper-like")]
            if suite == "networks":
                kinds.append(("random", torch.float32))
            for kind, dtype in kinds if not names or name in names else ():
                told = {"suite": suite, "name": name, "mask": kind, "dtype": str(dtype)[6:]}
                rows.writerow(told | errors_of(case, kind, dtype))


if __name__ == "__main__":
    main()
