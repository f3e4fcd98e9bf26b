"""What pairing by seed is worth, and what a choice on the judged data pretends.

python fairness.py 12        (seeds)
"""

import sys
from itertools import count

import numpy as np
import pairing

from gradsplit import endless_batches, seed_for
from relations import PairwiseProbe


def half_width(seeds: int, ledger: str) -> float:
    """Mean half width of the 95 % intervals of all edges, in per cent."""
    changes = PairwiseProbe(pairing.TASKS, pairing.train, range(seeds), ledger).run(progress=False)
    return float(100 * np.nanmean(changes.upper - changes.lower) / 2)


def unpaired_half_width(seeds: int, ledger: str) -> float:
    """The same where every run draws weights and order of its own."""
    fresh = count()
    pairing.seed_for = lambda *_: seed_for(next(fresh), "weights")
    pairing.endless_batches = lambda *data: endless_batches(*data[:3], next(fresh), data[4])
    try:
        return half_width(seeds, ledger)
    finally:
        pairing.seed_for, pairing.endless_batches = seed_for, endless_batches


def accuracies(seeds: int, chosen_on: str) -> str:
    """Mean accuracy on the test data of single-task runs and of the joint run."""
    pairing.CHOSEN_ON = chosen_on
    names = tuple(pairing.SIZES)
    alone = [pairing.train((name,), seed)[name] for name in names for seed in range(seeds)]
    joint = [list(pairing.train(names, seed).values()) for seed in range(seeds)]
    return f"alone {np.mean(alone):.4f}, together {np.mean(joint):.4f}"


def main(seeds: int) -> None:
    """Measure and print."""
    print(f"paired by seed: ±{half_width(seeds, 'paired.db'):.2f} %")
    print(f"not paired:     ±{unpaired_half_width(seeds, 'unpaired.db'):.2f} %")
    print(f"epoch chosen on validation data: {accuracies(seeds, 'validation')}")
    print(f"epoch chosen on the test data:   {accuracies(seeds, 'test')}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
