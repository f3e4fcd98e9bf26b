"""Every method's training on a CPU and on a device, and twice on the device, as a CSV.

    python benchmarks/device/methods.py OUT.csv [DEVICE] [METHOD ...]

A few steps of small drawn people with the mask of reports/figures; losses and scores side by side.
"""

import csv
import sys
from pathlib import Path

import torch

from gradsplit.errors import GradSplitError
from gradsplit.tasksets.registry import load_taskset
from gradsplit.training.fit import Fitted, fit
from gradsplit.training.methods.registry import registered
from gradsplit.training.methods.wanted import build, read_methods
from relations import GradientMask

MASK = Path(__file__).parents[2] / "reports" / "figures" / "mask.json"
SEARCHED = ("tuned-weights", "weights", "quiet-source", "hydalearn")
"""Methods that need more than their name."""


def apart(first: Fitted, second: Fitted) -> float:
    """The largest relative difference of a loss in a step."""
    return max(
        abs(mine - other) / max(abs(mine), 1e-6)
        for task, losses in first.losses.items()
        for mine, other in zip(losses, second.losses[task], strict=True)
    )


def compared(name: str, device: str) -> dict[str, object]:
    options = {"preset": "quick", "steps": 4, "pictures": 200, "identities": 20}
    taskset, mask = load_taskset("figures", options), GradientMask.load(MASK)
    try:
        method = build(read_methods((name,))[0], lambda *_: mask)
        here, there, again = (
            fit(taskset, taskset.task_names, 0, method=method, device=place)
            for place in ("cpu", device, device)
        )
    except (GradSplitError, RuntimeError) as error:
        return {"method": name, "failed": str(error)[:300]}
    differences = [abs(here.scores[task] - there.scores[task]) for task in here.scores]
    return {
        "method": name,
        "cpu against device": f"{apart(here, there):.1e}",
        "largest difference of a score": f"{max(differences):.1e}",
        "device twice": f"{apart(there, again):.1e}",
        "scores equal twice": there.scores == again.scores,
    }


def main() -> None:
    out, device, *names = [*sys.argv[1:], *["cuda"][: len(sys.argv) < 3]]
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False
    rows = [
        compared(name, device)
        for name in names or [name for name in registered() if name not in SEARCHED]
    ]
    with Path(out).open("w", newline="") as file:
        table = csv.DictWriter(file, [*max(rows, key=len), "failed"])
        table.writeheader()
        table.writerows(rows)


if __name__ == "__main__":
    main()
